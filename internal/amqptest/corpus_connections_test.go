package amqptest

import (
	"slices"
	"strings"
)

// connectionSamples are what one end of a connection may hear from the protocol header on: conversations that are right, from the parts below,
// conversations in which one frame is out of place, and frames that come before all else.
func connectionSamples() *samples {
	s := newSamples("What a peer sends on one connection")
	begins := [][]Frame{
		{HeaderAMQP.Frame(), F(0, "open", M{"container-id": "p"})},
		{HeaderAMQP.Frame(), F(0, "open", M{"container-id": "p", "hostname": "h", "max-frame-size": 512, "channel-max": 3, "idle-time-out": 1000,
			"offered-capabilities": []string{"ANONYMOUS-RELAY", "DELAYED_DELIVERY"}, "properties": M{"product": "qpid", "version": "1"}}).Widened()},
		{HeaderSASL.Frame(), F(0, "sasl-init", M{"mechanism": "PLAIN", "initial-response": []byte("\x00u\x00p")}), F(0, "sasl-response", M{"response": []byte("r")}),
			HeaderAMQP.Frame(), F(0, "open", M{"container-id": "p"})},
		{HeaderSASL.Frame(), F(0, "sasl-mechanisms", M{"sasl-server-mechanisms": []string{"ANONYMOUS", "SCRAM-SHA-256"}}), F(0, "sasl-outcome", M{"code": 0}),
			HeaderAMQP.Frame(), F(0, "open", M{"container-id": "p"})},
	}
	s.section("beginnings")
	for _, b := range begins {
		for n := range b {
			s.add(Bytes(b[:n+1]...))
		}
	}
	for _, h := range []string{"AMQP\x00\x00\x09\x01", "AMQP\x01\x01\x00\x0a", "AMQP\x02\x01\x00\x00", "AMQP\x03\x01\x00\x00", "AMQP\x00\x01\x01\x00", "AMQP\x04\x01\x00\x00",
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "\x00\x00\x00\x08\x02\x00\x00\x00", "AMQ"} {
		s.add([]byte(h))
	}
	window := M{"next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}
	source, target := D{Name: "source", Fields: M{"address": "a", "outcomes": []string{"amqp:accepted:list", "amqp:rejected:list"}}}, D{Name: "target", Fields: M{"address": "a"}}
	answering := slices.Clone(begins[0])
	answering = append(answering, F(0, "begin", merged(window, M{"remote-channel": 0})))
	asking := append(slices.Clone(begins[0]), F(0, "begin", window))
	in := F(0, "attach", M{"name": "in", "handle": 0, "role": false, "source": source, "target": target, "initial-delivery-count": 0})
	out := F(0, "attach", M{"name": "out", "handle": 1, "role": true, "source": source, "target": target})
	hundred := []byte(strings.Repeat("x", 100))
	body := Sections(D{Name: "data", Value: []byte("x")})
	flow := func(more M) Frame {
		return F(0, "flow", merged(M{"next-incoming-id": 0, "incoming-window": 100, "next-outgoing-id": 0, "outgoing-window": 100}, more))
	}
	transfer := func(id int, more M, payload ...[]byte) Frame {
		return F(0, "transfer", merged(M{"handle": 0, "delivery-id": id, "delivery-tag": []byte{byte(id)}, "message-format": 0}, more), payload...)
	}
	failure := D{Name: "error", Fields: M{"condition": "amqp:internal-error", "description": "d", "info": Map{{Symbol("k"), "v"}}}}
	accepted := D{Name: "accepted", Fields: M{}}
	parts := [][]Frame{
		{transfer(0, nil, body)},
		{transfer(0, M{"settled": true}, body), transfer(1, M{"settled": true, "batchable": true}, body)},
		{transfer(0, M{"more": true}, body[:3]), F(0, "transfer", M{"handle": 0, "more": true}, body[3:5]), F(0, "transfer", M{"handle": 0}, body[5:])},
		{transfer(0, M{"more": true}, body), F(0, "transfer", M{"handle": 0, "aborted": true})},
		{transfer(0, M{"more": true}, body), F(0, "detach", M{"handle": 0})},
		{transfer(0, M{"state": D{Name: "received", Fields: M{"section-number": 0, "section-offset": 1}}}, body), transfer(1, M{"resume": true, "state": accepted}, nil)},
		{transfer(0, M{"rcv-settle-mode": 1}, body), F(0, "disposition", M{"role": false, "first": 0, "settled": true})},
		{transfer(0, nil, body), transfer(1, nil, body), F(0, "disposition", M{"role": false, "first": 0, "last": 1, "settled": true, "state": accepted})},
		{transfer(0, nil, []byte("no message"))}, {transfer(0, nil)}, {transfer(0, nil, hundred, hundred, hundred)},
		{flow(M{"handle": 1, "delivery-count": 0, "link-credit": 10})},
		{flow(M{"handle": 1, "delivery-count": 0, "link-credit": 10, "drain": true, "echo": true})},
		{flow(M{"handle": 1, "link-credit": uint32(1<<32 - 1)})}, {flow(M{"echo": true})}, {flow(M{"incoming-window": 0}), flow(M{"incoming-window": 5})},
		{flow(M{"handle": 0, "delivery-count": 3, "available": 7})},
		{flow(M{"handle": 1, "delivery-count": 0, "link-credit": 3}), F(0, "disposition", M{"role": true, "first": 0, "last": 2, "settled": true, "state": accepted})},
		{flow(M{"handle": 1, "delivery-count": 0, "link-credit": 3}), F(0, "disposition", M{"role": true, "first": 1, "settled": false,
			"state": D{Name: "modified", Fields: M{"delivery-failed": true, "undeliverable-here": true, "message-annotations": Map{{Symbol("k"), true}}}}}),
			F(0, "disposition", M{"role": true, "first": 0, "last": 2, "settled": true, "state": D{Name: "released", Fields: M{}}})},
		{flow(M{"handle": 1, "delivery-count": 0, "link-credit": 3}), F(0, "disposition", M{"role": true, "first": 0, "last": uint32(1<<32 - 1), "state": D{Name: "rejected", Fields: M{"error": failure}}})},
		{F(0, "detach", M{"handle": 1, "closed": true, "error": failure})}, {F(0, "detach", M{"handle": 0, "closed": false}), in},
		{F(0, "end", M{"error": failure}), F(0, "begin", window), in}, {F(0, "close", M{"error": failure})}, {F(0, "close", nil), transfer(0, nil, body)},
		{{}, {Type: 1}, {Channel: 9}},
		{F(0, "attach", M{"name": "coordinator", "handle": 5, "role": false, "initial-delivery-count": 0, "target": D{Name: "coordinator", Fields: M{"capabilities": []string{"amqp:local-transactions"}}}}),
			F(0, "transfer", M{"handle": 5, "delivery-id": 0, "delivery-tag": "t"}, Sections(D{Name: "amqp-value", Value: D{Name: "declare", Fields: M{}}}))},
		{F(0, "attach", M{"name": "again", "handle": 6, "role": true, "unsettled": Map{{[]byte("t"), accepted}, {[]byte("u"), nil}}, "incomplete-unsettled": true, "source": source, "target": target})},
		{F(0, "attach", M{"name": "dynamic", "handle": 7, "role": true, "source": D{Name: "source", Fields: M{"dynamic": true, "durable": 2, "expiry-policy": "never", "timeout": 9,
			"dynamic-node-properties": Map{{Symbol("lifetime-policy"), D{Name: "delete-on-close", Fields: M{}}}}, "filter": Map{{Symbol("f"), D{Name: "0x468c00000004", Value: "a = 1"}}},
			"distribution-mode": "copy", "default-outcome": accepted, "capabilities": "queue"}}}).Widened()},
		{F(7, "flow", window)}, {F(0, "0x99", M{"0": true})}, {F(0, "open", M{"container-id": "again"})}, {in}, {F(0, "attach", M{"name": "in", "handle": 0, "role": true})},
		{F(0, "detach", M{"handle": 77})}, {F(0, "transfer", M{"handle": 77, "delivery-id": 0, "delivery-tag": "t"})}, {F(0, "transfer", M{"handle": 0, "delivery-tag": make([]byte, 40), "delivery-id": 0})},
		{F(0, "begin", merged(window, M{"remote-channel": 9}))}, {F(3, "begin", window), F(3, "end", nil)}, {F(0, "end", nil), F(0, "end", nil)},
	}
	s.section("conversations with a client, and with a server: each part after a link both ways")
	for _, head := range [][]Frame{append(answering, in, out), append(asking, in, out)} {
		for i, part := range parts {
			s.add(Bytes(slices.Concat(head, part)...), Bytes(slices.Concat(head, part, parts[(i*7+3)%len(parts)])...))
			wide := slices.Clone(part)
			for k := range wide {
				wide[k].Wide, wide[k].Ext = wide[k].Name != "", []byte("ext")
			}
			s.add(Bytes(slices.Concat(head, wide)...))
		}
	}
	s.section("parts that come before all else")
	for _, part := range parts {
		s.add(Bytes(part...), Bytes(slices.Concat(begins[0], part)...))
	}
	s.broken(500, 1000)
	return s
}

// merged is one set of fields with another over it.
func merged(fields, more M) M {
	all := make(M, len(fields)+len(more))
	for _, of := range []M{fields, more} {
		for name, v := range of {
			all[name] = v
		}
	}
	return all
}
