package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// plot is a picture of lines, with the points of x a factor apart.
type plot struct {
	title, x, y string
	label       func(x float64) string
	logY        bool
	lines       []line
}

// line is one series.
type line struct {
	name, colour string
	dashed       bool
	points       []point
}

// point is a median, with the least and the greatest figure.
type point struct{ x, y, least, greatest float64 }

// add adds what a row came to, if anything.
func (l *line) add(x float64, r *row) {
	if y := r.median(rate); !math.IsNaN(y) {
		least, greatest := r.spread(rate)
		l.points = append(l.points, point{x, y, least, greatest})
	}
}

// The picture's measures, in pixels.
const (
	width, height       = 820, 460
	left, right         = 92, 32
	top, bottom         = 84, 56
	innerW, innerH      = width - left - right, height - top - bottom
	dark, grey, gridded = "#1f2937", "#6b7280", "#e5e7eb"
)

// scale is where figures are in the picture.
type scale struct {
	xs         []float64 // all x
	low, high  float64   // of y
	logY       bool
	minX, maxX float64
}

func (p *plot) scale() scale {
	s := scale{logY: p.logY, minX: math.Inf(1), maxX: math.Inf(-1), low: math.Inf(1)}
	seen := make(map[float64]bool)
	for _, l := range p.lines {
		for _, q := range l.points {
			if !seen[q.x] {
				seen[q.x] = true
				s.xs = append(s.xs, q.x)
			}
			s.minX, s.maxX = min(s.minX, q.x), max(s.maxX, q.x)
			s.low, s.high = min(s.low, q.least), max(s.high, q.greatest)
		}
	}
	if p.logY {
		s.low, s.high = math.Pow(10, math.Floor(math.Log10(s.low))), math.Pow(10, math.Ceil(math.Log10(s.high)))
	} else {
		s.low, s.high = 0, s.high*1.08
	}
	return s
}

func (s scale) px(x float64) float64 {
	if s.maxX == s.minX {
		return left + innerW/2
	}
	return left + innerW*math.Log(x/s.minX)/math.Log(s.maxX/s.minX)
}

func (s scale) py(y float64) float64 {
	share := (y - s.low) / (s.high - s.low)
	if s.logY {
		share = math.Log(y/s.low) / math.Log(s.high/s.low)
	}
	return top + innerH*(1-share)
}

// marks are the values of y that have a line of the grid.
func (s scale) marks() (all []float64) {
	if s.logY {
		for y := s.low; y <= s.high*1.001; y *= 10 {
			all = append(all, y)
		}
		return all
	}
	step := math.Pow(10, math.Floor(math.Log10(s.high)))
	for _, finer := range []float64{2, 2.5, 2} { // until there are some four
		if s.high/step >= 4 {
			break
		}
		step /= finer
	}
	for y := 0.0; y <= s.high; y += step {
		all = append(all, y)
	}
	return all
}

// svg draws the picture, or nothing where there are no points.
func (p *plot) svg() string {
	s := p.scale()
	if len(s.xs) == 0 || s.high <= 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#ffffff"/>`+"\n", width, height)
	text(&b, left, 32, "start", dark, 17, p.title)
	for _, y := range s.marks() {
		fmt.Fprintf(&b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="%s"/>`+"\n", left, s.py(y), width-right, s.py(y), gridded)
		text(&b, left-10, s.py(y)+4, "end", grey, 12, short(y))
	}
	for _, x := range s.xs {
		text(&b, s.px(x), height-bottom+20, "middle", grey, 12, p.label(x))
	}
	text(&b, left+innerW/2, height-14, "middle", grey, 12, p.x)
	text(&b, left-10, top-14, "end", grey, 12, p.y)
	p.legend(&b)
	for _, l := range p.lines {
		l.draw(&b, s)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p *plot) legend(b *strings.Builder) {
	at := float64(left) // the width of a name is a guess that holds for all fonts
	for _, l := range p.lines {
		if len(l.points) == 0 {
			continue
		}
		fmt.Fprintf(b, `<line x1="%.0f" y1="52" x2="%.0f" y2="52" stroke="%s" stroke-width="3"%s/>`+"\n", at, at+18, l.colour, l.dashes())
		text(b, at+24, 56, "start", dark, 12, l.name)
		at += 24 + 6.4*float64(len(l.name)) + 14
	}
}

func (l line) dashes() string {
	if l.dashed {
		return ` stroke-dasharray="6 4"`
	}
	return ""
}

func (l line) draw(b *strings.Builder, s scale) {
	var path []string
	for _, q := range l.points {
		path = append(path, fmt.Sprintf("%.1f,%.1f", s.px(q.x), s.py(q.y)))
		fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="%s" stroke-width="1.5" opacity="0.6"/>`+"\n", s.px(q.x), s.py(q.least), s.py(q.greatest), l.colour)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2.5" stroke-linejoin="round"%s/>`+"\n",
		strings.Join(path, " "), l.colour, l.dashes())
	for _, q := range l.points {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", s.px(q.x), s.py(q.y), l.colour)
	}
}

func text(b *strings.Builder, x, y float64, anchor, colour string, size int, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-size="%d">%s</text>`+"\n", x, y, anchor, colour, size, html.EscapeString(s))
}

// short writes a figure of an axis.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%g M", math.Round(v/1e4)/1e2)
	case v >= 1e3:
		return fmt.Sprintf("%g k", math.Round(v/10)/1e2)
	}
	return fmt.Sprintf("%g", v)
}
