package main

// The colours of who is measured: what is settled by the sender is lighter.
const (
	blue, lightBlue     = "#1d4ed8", "#60a5fa"
	orange, lightOrange = "#c2410c", "#fb923c"
)

// bodyPlot is throughput against the size of bodies.
func (r *results) bodyPlot() *plot {
	hadron, settled := line{name: "Hadron, accepted", colour: blue}, line{name: "Hadron, settled", colour: lightBlue}
	protonC, settledC := line{name: "Proton C, accepted", colour: orange}, line{name: "Proton C, settled", colour: lightOrange}
	raw := line{name: "bare socket", colour: grey, dashed: true}
	for _, at := range r.bodies {
		x := float64(at.size)
		hadron.add(x, at.accepted.hadron)
		settled.add(x, at.settled.hadron)
		protonC.add(x, at.accepted.c)
		settledC.add(x, at.settled.c)
		raw.add(x, at.raw)
	}
	return &plot{
		title: "Throughput against the size of bodies", x: "body", y: "messages/s", logY: true,
		label: func(x float64) string { return bytesOf(int(x)) },
		lines: []line{hadron, settled, protonC, settledC, raw},
	}
}

// spreadPlot is throughput against links and connections.
func (r *results) spreadPlot() *plot {
	links, conns := line{name: "links on one connection", colour: blue}, line{name: "connections with a link each", colour: orange}
	for i := range r.links {
		links.add(float64(r.links[i].n), r.links[i].row)
		conns.add(float64(r.conns[i].n), r.conns[i].row)
	}
	return &plot{
		title: "Throughput against links and connections", x: "how many", y: "messages/s",
		label: number,
		lines: []line{links, conns},
	}
}
