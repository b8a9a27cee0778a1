package wire

// Hand-written parts of the generated performatives: fields whose type is not one of the common ones.

// address consumes an address, §3.5.3: the specification leaves its type open, and every peer sends a string.
func (d *Decoder) address() *string {
	s := d.Str()
	return &s
}

// source consumes a source, §3.5.3.
func (d *Decoder) source() *Source {
	d.expect("source", CodeSource)
	s := new(Source)
	s.Decode(d)
	return s
}

// target consumes an attach's target: a target, §3.5.4, or a coordinator, §4.5.1.
func (d *Decoder) target() (*Target, *Coordinator) {
	switch d.Descriptor() {
	case CodeTarget:
		t := new(Target)
		t.Decode(d)
		return t, nil
	case CodeCoordinator:
		c := new(Coordinator)
		c.Decode(d)
		return nil, c
	}
	d.fail("target", ErrType)
	return nil, nil
}

func appendTarget(dst []byte, t *Target, c *Coordinator) ([]byte, error) {
	if c != nil {
		return c.Append(dst)
	}
	return t.Append(dst)
}

// choice fails for a value past the last of a restricted type's choices.
func (d *Decoder) choice(what string, v, last uint32) uint32 {
	if v > last {
		d.fail(what, ErrValue)
		return 0
	}
	return v
}

// unsettled consumes the map of §2.7.3 from delivery-tags to states, which may be null. go-amqp sends tags as strings.
func (d *Decoder) unsettled() map[string]*State {
	n, outer := d.openMap("unsettled", d.constructor("unsettled"))
	m := make(map[string]*State, min(n, mapHint))
	for range n {
		var tag []byte
		switch c := d.constructor("unsettled"); c {
		case ctorString8, ctorString32:
			tag = d.text("unsettled", c)
		default:
			tag = d.binaryOf(c)
		}
		m[string(tag)] = d.State()
		if d.err != nil {
			return nil
		}
	}
	d.close("unsettled", outer)
	return m
}

func appendUnsettled(dst []byte, m map[string]*State) ([]byte, error) {
	start := len(dst)
	dst = openCompound(dst, ctorMap8)
	var err error
	for tag, state := range m {
		dst = append(appendVariable(dst, ctorBinary8, len(tag)), tag...)
		if dst, err = state.Append(dst); err != nil {
			return dst, err
		}
	}
	return closeCompound(dst, start, 2*len(m)), nil
}

// LifetimePolicy returns the lifetime policy among a dynamic node's properties (§3.5.9), which is the code of one of the types of §3.5.10 to
// §3.5.13; 0 for none, and false for what is none of them.
func LifetimePolicy(properties map[string]any) (code uint64, ok bool) {
	v := properties[lifetimePolicy]
	if v == nil {
		return 0, true
	}
	d, _ := v.(Described)
	switch descriptor := d.Descriptor.(type) {
	case uint64:
		code = descriptor
	case string:
		code, _ = codeOf([]byte(descriptor))
	}
	switch code {
	case CodeDeleteOnClose, CodeDeleteOnNoLinks, CodeDeleteOnNoMessages, CodeDeleteOnNoLinksOrMessages:
		return code, true
	}
	return 0, false
}

// SetLifetimePolicy puts a lifetime policy among a dynamic node's properties.
func SetLifetimePolicy(properties map[string]any, code uint64) {
	properties[lifetimePolicy] = Described{Descriptor: code, Value: []any{}}
}

const lifetimePolicy = "lifetime-policy"
