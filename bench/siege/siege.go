package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// plan is how long everything takes.
type plan struct {
	quick  bool
	before time.Duration // how long well-behaved clients are measured without an attack
	during time.Duration // and with it, from when it is prepared
}

var (
	full = plan{before: time.Second, during: 2500 * time.Millisecond}
	tiny = plan{quick: true, before: 100 * time.Millisecond, during: 300 * time.Millisecond}
)

// tooMuch is the memory at which a victim is killed, in bytes: the machine has others to run.
const tooMuch = 3 << 30

// row is what came of one attack.
type row struct {
	Name      string   `json:"name"`
	What      string   `json:"what"`
	Victim    kind     `json:"victim"`
	Pipelined bool     `json:"pipelined,omitempty"`
	Reached   bool     `json:"reached"`
	Before    pace     `json:"before"`
	During    pace     `json:"during"`
	NewBefore arrivals `json:"new_before"`
	NewDuring arrivals `json:"new_during"`
	Outcome   outcome  `json:"outcome"`
	CPU       float64  `json:"cpu"`              // seconds of the victim's, beyond what it used before
	Cost      float64  `json:"cost"`             // nanoseconds for a hostile byte
	Memory    int64    `json:"memory"`           // bytes at the most
	Logged    int64    `json:"logged"`           // bytes
	Ended     string   `json:"ended,omitempty"`  // the victim did not live through it
	Failed    string   `json:"failed,omitempty"` // the attack could not be made
}

// measure attacks one victim in one way.
func (p plan) measure(ctx context.Context, a attack) (r row, err error) {
	r = row{Name: a.name, What: a.what, Victim: a.victim, Pipelined: a.pipelined}
	victim, err := start(ctx, "victim", string(a.victim))
	if err != nil {
		return r, err
	}
	defer victim.kill()
	url, err := victim.line(patience)
	if err != nil {
		return r, err
	}
	opts := a.victim.options()
	good, err := startClients(ctx, url, opts, a.pipelined)
	if err != nil {
		return r, fmt.Errorf("%w: %s", err, victim.lastLog())
	}
	defer good.stop()
	fresh := startNewClients(ctx, url, opts)
	defer fresh.stop()

	count := func(meanwhile func()) (pace, arrivals, time.Duration) {
		good.reset()
		fresh.reset()
		cpu := victim.cpu()
		meanwhile()
		return good.measured(), fresh.measured(), victim.cpu() - cpu
	}
	var idle, busy time.Duration
	r.Before, r.NewBefore, idle = count(func() { sleep(ctx, p.before) })

	args := []string{"attack", a.name, url}
	if p.quick {
		args = append(args, "quick")
	}
	hostile, err := start(ctx, args...)
	if err != nil {
		return r, err
	}
	defer hostile.kill()
	watched, enough := context.WithCancel(ctx)
	defer enough()
	go func() {
		if victim.watch(watched) > tooMuch {
			_ = victim.cmd.Process.Kill() // fails only where it has ended
		}
	}()
	began := time.Now()
	r.Reached, r.Failed = p.awaitAttack(victim, hostile)
	if r.Reached {
		began = time.Now()
	}
	r.During, r.NewDuring, busy = count(func() { sleep(ctx, p.during) })
	took := time.Since(began)
	r.Memory = victim.most.Load()
	r.Logged = victim.logged()
	if victim.cpu() == 0 {
		r.Ended = "ended: " + lastLine(victim.lastLog())
		if r.Memory > tooMuch {
			r.Ended = "killed at 3 GiB"
		}
	}
	if r.Failed == "" {
		r.Outcome, r.Failed = hostile.outcome(victim)
	}
	r.CPU = max((busy - time.Duration(float64(idle)*took.Seconds()/p.before.Seconds())).Seconds(), 0)
	sent := r.Outcome.Sent
	if sent == 0 { // all that it takes was there when it began
		sent = r.Outcome.Prepare
	}
	if sent > 0 {
		r.Cost = r.CPU * 1e9 / float64(sent)
	}
	return r, ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// awaitAttack waits until the attack is prepared and begins, which may never be.
func (p plan) awaitAttack(victim, hostile *process) (reached bool, failed string) {
	for late := time.Now().Add(patience); time.Now().Before(late); {
		line, err := hostile.line(time.Until(late))
		switch {
		case err != nil:
			return false, err.Error()
		case line == sayAttacking:
			return true, ""
		case hear(victim, line) != "":
			return false, hear(victim, line)
		}
	}
	return false, "it does not begin"
}

// hear does what an attack asks for before it begins, or says why it failed.
func hear(victim *process, line string) (failed string) {
	if url, ok := strings.CutPrefix(line, sayDial); ok {
		if err := victim.tell(url); err != nil {
			return err.Error()
		}
	}
	if why, ok := strings.CutPrefix(line, sayFailed); ok {
		return why
	}
	return ""
}

// outcome ends the attack.
func (p *process) outcome(victim *process) (o outcome, failed string) {
	_ = p.in.Close()
	for {
		line, err := p.line(patience)
		if err != nil {
			return o, err.Error()
		}
		if strings.HasPrefix(line, "{") {
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				return o, err.Error()
			}
			return o, failed
		}
		if why := hear(victim, line); why != "" {
			failed = why
		}
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
