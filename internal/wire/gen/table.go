package main

// A described type of the specification: its code is a constant and its symbol a descriptor that is understood.
type described struct {
	name   string // of the Go constant and struct
	symbol string
	code   uint64
}

var codes = []described{
	{"Open", "amqp:open:list", 0x10},
	{"Begin", "amqp:begin:list", 0x11},
	{"Attach", "amqp:attach:list", 0x12},
	{"Flow", "amqp:flow:list", 0x13},
	{"Transfer", "amqp:transfer:list", 0x14},
	{"Disposition", "amqp:disposition:list", 0x15},
	{"Detach", "amqp:detach:list", 0x16},
	{"End", "amqp:end:list", 0x17},
	{"Close", "amqp:close:list", 0x18},
	{"Error", "amqp:error:list", 0x1d},
	{"Received", "amqp:received:list", 0x23},
	{"Accepted", "amqp:accepted:list", 0x24},
	{"Rejected", "amqp:rejected:list", 0x25},
	{"Released", "amqp:released:list", 0x26},
	{"Modified", "amqp:modified:list", 0x27},
	{"Source", "amqp:source:list", 0x28},
	{"Target", "amqp:target:list", 0x29},
	{"DeleteOnClose", "amqp:delete-on-close:list", 0x2b},
	{"DeleteOnNoLinks", "amqp:delete-on-no-links:list", 0x2c},
	{"DeleteOnNoMessages", "amqp:delete-on-no-messages:list", 0x2d},
	{"DeleteOnNoLinksOrMessages", "amqp:delete-on-no-links-or-messages:list", 0x2e},
	{"Coordinator", "amqp:coordinator:list", 0x30},
	{"Declare", "amqp:declare:list", 0x31},
	{"Discharge", "amqp:discharge:list", 0x32},
	{"Declared", "amqp:declared:list", 0x33},
	{"TransactionalState", "amqp:transactional-state:list", 0x34},
	{"SASLMechanisms", "amqp:sasl-mechanisms:list", 0x40},
	{"SASLInit", "amqp:sasl-init:list", 0x41},
	{"SASLChallenge", "amqp:sasl-challenge:list", 0x42},
	{"SASLResponse", "amqp:sasl-response:list", 0x43},
	{"SASLOutcome", "amqp:sasl-outcome:list", 0x44},
	{"Header", "amqp:header:list", 0x70},
	{"DeliveryAnnotations", "amqp:delivery-annotations:map", 0x71},
	{"MessageAnnotations", "amqp:message-annotations:map", 0x72},
	{"Properties", "amqp:properties:list", 0x73},
	{"ApplicationProperties", "amqp:application-properties:map", 0x74},
	{"Data", "amqp:data:binary", 0x75},
	{"AMQPSequence", "amqp:amqp-sequence:list", 0x76},
	{"AMQPValue", "amqp:amqp-value:*", 0x77},
	{"Footer", "amqp:footer:map", 0x78},
}

// A composite type: a described list of fields.
type composite struct {
	name   string
	doc    string
	file   string // the part of the specification
	fields []field
}

type field struct {
	name      string // in the specification
	goName    string
	kind      string // a key of kinds, or Opt of one
	mandatory bool
	def       string // what null means, where it is not Go's zero value
	doc       string
}

var composites = []composite{
	{"Open", "Open negotiates connection parameters, §2.7.1.", "transport", []field{
		{"container-id", "ContainerID", "string", true, "", ""},
		{"hostname", "Hostname", "string", false, "", "empty = absent"},
		{"max-frame-size", "MaxFrameSize", "uint32", false, "4294967295", "bytes"},
		{"channel-max", "ChannelMax", "uint16", false, "65535", ""},
		{"idle-time-out", "IdleTimeOut", "uint32", false, "", "milliseconds, 0 = none"},
		{"outgoing-locales", "OutgoingLocales", "symbols", false, "", ""},
		{"incoming-locales", "IncomingLocales", "symbols", false, "", ""},
		{"offered-capabilities", "OfferedCapabilities", "symbols", false, "", ""},
		{"desired-capabilities", "DesiredCapabilities", "symbols", false, "", ""},
		{"properties", "Properties", "fields", false, "", "keys are symbols"},
	}},
	{"Begin", "Begin begins a session on a channel, §2.7.2.", "transport", []field{
		{"remote-channel", "RemoteChannel", "Opt[uint16]", false, "", ""},
		{"next-outgoing-id", "NextOutgoingID", "uint32", true, "", ""},
		{"incoming-window", "IncomingWindow", "uint32", true, "", ""},
		{"outgoing-window", "OutgoingWindow", "uint32", true, "", ""},
		{"handle-max", "HandleMax", "uint32", false, "4294967295", ""},
		{"offered-capabilities", "OfferedCapabilities", "symbols", false, "", ""},
		{"desired-capabilities", "DesiredCapabilities", "symbols", false, "", ""},
		{"properties", "Properties", "fields", false, "", "keys are symbols"},
	}},
	{"Attach", "Attach attaches a link to a session, §2.7.3.", "transport", []field{
		{"name", "Name", "string", true, "", ""},
		{"handle", "Handle", "uint32", true, "", ""},
		{"role", "Role", "bool", true, "", "true = receiver"},
		{"snd-settle-mode", "SndSettleMode", "sndmode", false, "amqp.SenderSettleModeMixed", ""},
		{"rcv-settle-mode", "RcvSettleMode", "rcvmode", false, "", ""},
		{"source", "Source", "source", false, "", ""},
		{"target", "Target", "target", false, "", "at most one of Target and Coordinator"},
		{"unsettled", "Unsettled", "unsettled", false, "", "by delivery-tag; a state may be nil"},
		{"incomplete-unsettled", "IncompleteUnsettled", "bool", false, "", ""},
		{"initial-delivery-count", "InitialDeliveryCount", "Opt[uint32]", false, "", "a sender must give it"},
		{"max-message-size", "MaxMessageSize", "uint64", false, "", "bytes, 0 = no limit"},
		{"offered-capabilities", "OfferedCapabilities", "symbols", false, "", ""},
		{"desired-capabilities", "DesiredCapabilities", "symbols", false, "", ""},
		{"properties", "Properties", "fields", false, "", "keys are symbols"},
	}},
	{"Flow", "Flow updates link or session state, §2.7.4.", "transport", []field{
		{"next-incoming-id", "NextIncomingID", "Opt[uint32]", false, "", ""},
		{"incoming-window", "IncomingWindow", "uint32", true, "", ""},
		{"next-outgoing-id", "NextOutgoingID", "uint32", true, "", ""},
		{"outgoing-window", "OutgoingWindow", "uint32", true, "", ""},
		{"handle", "Handle", "Opt[uint32]", false, "", "absent: of the session only"},
		{"delivery-count", "DeliveryCount", "Opt[uint32]", false, "", ""},
		{"link-credit", "LinkCredit", "Opt[uint32]", false, "", ""},
		{"available", "Available", "Opt[uint32]", false, "", ""},
		{"drain", "Drain", "bool", false, "", ""},
		{"echo", "Echo", "bool", false, "", ""},
		{"properties", "Properties", "fields", false, "", "keys are symbols"},
	}},
	{"Transfer", "Transfer transfers a message or a part of one, §2.7.5.", "transport", []field{
		{"handle", "Handle", "uint32", true, "", ""},
		{"delivery-id", "DeliveryID", "Opt[uint32]", false, "", ""},
		{"delivery-tag", "DeliveryTag", "binary", false, "", "decoded: a view of the buffer; nil = absent"},
		{"message-format", "MessageFormat", "Opt[uint32]", false, "", ""},
		{"settled", "Settled", "Opt[bool]", false, "", ""},
		{"more", "More", "bool", false, "", ""},
		{"rcv-settle-mode", "RcvSettleMode", "Opt[rcvmode]", false, "", ""},
		{"state", "State", "state", false, "", ""},
		{"resume", "Resume", "bool", false, "", ""},
		{"aborted", "Aborted", "bool", false, "", ""},
		{"batchable", "Batchable", "bool", false, "", ""},
	}},
	{"Disposition", "Disposition informs the peer of changed delivery states, §2.7.6.", "transport", []field{
		{"role", "Role", "bool", true, "", "true = receiver"},
		{"first", "First", "uint32", true, "", ""},
		{"last", "Last", "Opt[uint32]", false, "", "absent: the same as First"},
		{"settled", "Settled", "bool", false, "", ""},
		{"state", "State", "state", false, "", ""},
		{"batchable", "Batchable", "bool", false, "", ""},
	}},
	{"Detach", "Detach detaches a link from its session, §2.7.7.", "transport", []field{
		{"handle", "Handle", "uint32", true, "", ""},
		{"closed", "Closed", "bool", false, "", ""},
		{"error", "Error", "error", false, "", ""},
	}},
	{"End", "End ends a session, §2.7.8.", "transport", []field{
		{"error", "Error", "error", false, "", ""},
	}},
	{"Close", "Close signals the connection's close, §2.7.9.", "transport", []field{
		{"error", "Error", "error", false, "", ""},
	}},
	{"Source", "Source is where a link's messages come from, §3.5.3.", "messaging", []field{
		{"address", "Address", "address", false, "", ""},
		{"durable", "Durable", "durability", false, "", ""},
		{"expiry-policy", "ExpiryPolicy", "expiry", false, "", "empty = session-end"},
		{"timeout", "Timeout", "uint32", false, "", "seconds"},
		{"dynamic", "Dynamic", "bool", false, "", ""},
		{"dynamic-node-properties", "DynamicNodeProperties", "fields", false, "", "keys are symbols"},
		{"distribution-mode", "DistributionMode", "symbol", false, "", "empty = the node's own"},
		{"filter", "Filter", "fields", false, "", "keys are symbols, values are Described"},
		{"default-outcome", "DefaultOutcome", "outcome", false, "", "one of §3.4"},
		{"outcomes", "Outcomes", "symbols", false, "", ""},
		{"capabilities", "Capabilities", "symbols", false, "", ""},
	}},
	{"Target", "Target is where a link's messages go, §3.5.4.", "messaging", []field{
		{"address", "Address", "address", false, "", ""},
		{"durable", "Durable", "durability", false, "", ""},
		{"expiry-policy", "ExpiryPolicy", "expiry", false, "", "empty = session-end"},
		{"timeout", "Timeout", "uint32", false, "", "seconds"},
		{"dynamic", "Dynamic", "bool", false, "", ""},
		{"dynamic-node-properties", "DynamicNodeProperties", "fields", false, "", "keys are symbols"},
		{"capabilities", "Capabilities", "symbols", false, "", ""},
	}},
	{"Coordinator", "Coordinator is the target of a link that controls transactions, §4.5.1.", "transactions", []field{
		{"capabilities", "Capabilities", "symbols", false, "", ""},
	}},
	{"Declare", "Declare is the body that begins a transaction, §4.5.2.", "transactions", []field{
		{"global-id", "GlobalID", "any", false, "", ""},
	}},
	{"Discharge", "Discharge is the body that ends a transaction, §4.5.3.", "transactions", []field{
		{"txn-id", "TxnID", "binary", true, "", "decoded: a view of the buffer"},
		{"fail", "Fail", "bool", false, "", "true = roll back"},
	}},
	{"SASLMechanisms", "SASLMechanisms advertises what the server allows, §5.3.3.1.", "security", []field{
		{"sasl-server-mechanisms", "Mechanisms", "symbols", true, "", ""},
	}},
	{"SASLInit", "SASLInit is the client's choice, §5.3.3.2.", "security", []field{
		{"mechanism", "Mechanism", "symbol", true, "", ""},
		{"initial-response", "InitialResponse", "binary", false, "", "decoded: a view of the buffer; nil = absent"},
		{"hostname", "Hostname", "string", false, "", "empty = absent"},
	}},
	{"SASLChallenge", "SASLChallenge is the server's question, §5.3.3.3.", "security", []field{
		{"challenge", "Challenge", "binary", true, "", "decoded: a view of the buffer"},
	}},
	{"SASLResponse", "SASLResponse is the client's answer, §5.3.3.4.", "security", []field{
		{"response", "Response", "binary", true, "", "decoded: a view of the buffer"},
	}},
	{"SASLOutcome", "SASLOutcome ends the SASL dialogue, §5.3.3.5.", "security", []field{
		{"code", "Code", "uint8", true, "", "§5.3.3.6; 0 = success"},
		{"additional-data", "AdditionalData", "binary", false, "", "decoded: a view of the buffer; nil = absent"},
	}},
}

// A kind is a Go type and how it is encoded and decoded. In these, V is the field, and W its name for errors.
type kind struct {
	goType string
	set    string // whether there is something to send
	append string
	fails  bool // append returns an error too
	decode string
}

var kinds = map[string]kind{
	"bool":       {"bool", "V", "AppendBool(dst, V)", false, "d.Bool()"},
	"uint8":      {"uint8", "V != 0", "AppendUbyte(dst, V)", false, "d.Ubyte()"},
	"uint16":     {"uint16", "V != 0", "AppendUshort(dst, V)", false, "d.Ushort()"},
	"uint32":     {"uint32", "V != 0", "AppendUint(dst, V)", false, "d.Uint()"},
	"uint64":     {"uint64", "V != 0", "AppendUlong(dst, V)", false, "d.Ulong()"},
	"string":     {"string", `V != ""`, "AppendString(dst, V)", true, "d.Str()"},
	"symbol":     {"amqp.Symbol", `V != ""`, "AppendSymbol(dst, V)", true, "d.Symbol()"},
	"symbols":    {"[]amqp.Symbol", "len(V) > 0", "appendSymbols(dst, V)", true, "d.symbols()"},
	"binary":     {"[]byte", "V != nil", "AppendBinary(dst, V)", false, "d.Binary()"},
	"fields":     {"map[string]any", "len(V) > 0", "appendFields(dst, V)", true, "d.fieldMap()"},
	"any":        {"any", "V != nil", "AppendValue(dst, V)", true, "d.Value()"},
	"state":      {"*State", "V != nil", "V.Append(dst)", true, "d.State()"},
	"outcome":    {"amqp.DeliveryState", "V != nil", "StateOf(V).Append(dst)", true, "d.outcome()"},
	"error":      {"*amqp.Error", "V != nil", "appendError(dst, V, 0)", true, "d.errorValue()"},
	"address":    {"*string", "V != nil", "AppendString(dst, *V)", true, "d.address()"},
	"source":     {"*Source", "V != nil", "V.Append(dst)", true, "d.source()"},
	"unsettled":  {"map[string]*State", "V != nil", "appendUnsettled(dst, V)", true, "d.unsettled()"},
	"expiry":     {"amqp.ExpiryPolicy", `V != ""`, "AppendSymbol(dst, amqp.Symbol(V))", true, "amqp.ExpiryPolicy(d.Symbol())"},
	"durability": {"amqp.Durability", "V != 0", "AppendUint(dst, uint32(V))", false, "amqp.Durability(d.choice(W, d.Uint(), 2))"},
	"sndmode":    {"amqp.SenderSettleMode", "V != 0", "AppendUbyte(dst, uint8(V))", false, "amqp.SenderSettleMode(d.choice(W, uint32(d.Ubyte()), 2))"},
	"rcvmode":    {"amqp.ReceiverSettleMode", "V != 0", "AppendUbyte(dst, uint8(V))", false, "amqp.ReceiverSettleMode(d.choice(W, uint32(d.Ubyte()), 1))"},
	// One field of the list is one of two fields of the struct.
	"target": {"*Target", "V != nil || p.Coordinator != nil", "appendTarget(dst, V, p.Coordinator)", true, "d.target()"},
}
