package main

// The colours of who is measured: what is settled by the sender is lighter.
const (
	blue, lightBlue     = "#1d4ed8", "#60a5fa"
	orange, lightOrange = "#c2410c", "#fb923c"
)

// bodyPlot is throughput against the size of bodies.
func (r *results) bodyPlot() *plot {
	hadron, settled := line{name: "Hadron, accepted", colour: blue}, line{name: "Hadron, settled", colour: lightBlue}
	tuned, tunedSettled := line{name: "Hadron, tuned, accepted", colour: blue, dashed: true}, line{name: "Hadron, tuned, settled", colour: lightBlue, dashed: true}
	protonC, settledC := line{name: "Proton C, accepted", colour: orange}, line{name: "Proton C, settled", colour: lightOrange}
	raw := line{name: "bare socket", colour: grey, dashed: true}
	for _, at := range r.bodies {
		x := float64(at.size)
		hadron.add(x, at.accepted.of("hadron"))
		settled.add(x, at.settled.of("hadron"))
		tuned.add(x, at.accepted.of("tuned"))
		tunedSettled.add(x, at.settled.of("tuned"))
		protonC.add(x, at.accepted.of("c"))
		settledC.add(x, at.settled.of("c"))
		raw.add(x, at.raw)
	}
	return &plot{
		title: "Throughput against the size of bodies", x: "body", y: "messages/s", logY: true,
		label: func(x float64) string { return bytesOf(int(x)) },
		lines: []line{hadron, settled, tuned, tunedSettled, protonC, settledC, raw},
	}
}

// spreadPlot is throughput against links and connections.
func (r *results) spreadPlot() *plot {
	colours := []string{blue, orange, lightOrange}
	var lines []line
	for i, s := range r.spreads {
		l := line{name: s.name, colour: colours[i]}
		for _, p := range s.points {
			l.add(float64(p.n), p.row)
		}
		lines = append(lines, l)
	}
	return &plot{
		title: "Throughput against links and connections", x: "how many", y: "messages/s",
		label: number,
		lines: lines,
	}
}
