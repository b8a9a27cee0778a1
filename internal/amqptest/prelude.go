package amqptest

// AnswerSASL plays a server's SASL phase that ends well (§5.3.2): it offers the
// mechanisms, takes any sasl-init and gives that back.
func (p *Peer) AnswerSASL(mechanisms ...string) Frame {
	p.t.Helper()
	p.ExpectHeader(HeaderSASL)
	p.SendHeader(HeaderSASL)
	p.Send(F(0, "sasl-mechanisms", M{"sasl-server-mechanisms": mechanisms}))
	init := p.Expect("the client chooses a mechanism", F(0, "sasl-init", nil))
	p.Send(F(0, "sasl-outcome", M{"code": 0}))
	return init
}

// AnswerOpen plays a server's side of the headers and opens (§2.4.1), answers
// with these fields, of which container-id is "peer" unless given, and gives the
// client's open back.
func (p *Peer) AnswerOpen(fields M) Frame {
	p.t.Helper()
	p.ExpectHeader(HeaderAMQP)
	p.SendHeader(HeaderAMQP)
	open := p.Expect("the client opens", F(0, "open", nil))
	p.Send(F(0, "open", withContainerID(fields)))
	return open
}

// Open plays a client's side of the headers and opens (§2.4.1), with these
// fields, of which container-id is "peer" unless given, and gives the server's
// open back.
func (p *Peer) Open(fields M) Frame {
	p.t.Helper()
	p.SendHeader(HeaderAMQP)
	p.ExpectHeader(HeaderAMQP)
	p.Send(F(0, "open", withContainerID(fields)))
	return p.Expect("the server opens", F(0, "open", nil))
}

func withContainerID(fields M) M {
	all := M{"container-id": "peer"}
	for name, v := range fields {
		all[name] = v
	}
	return all
}
