package artemis

import (
	"encoding/xml"
	"slices"
	"strings"
)

// Option changes how a broker is set up.
type Option func(*instance)

// AcceptorParameters adds to the parameters of every acceptor, as in "amqpCredits=10;amqpLowCredits=3".
func AcceptorParameters(parameters string) Option {
	return func(i *instance) { i.parameters = append(i.parameters, parameters) }
}

// AddressSetting changes Artemis' settings of the addresses that match, as in
// AddressSetting("orders.#", map[string]string{"max-delivery-attempts": "2"}). Settings that are not named stay.
func AddressSetting(match string, settings map[string]string) Option {
	return func(i *instance) {
		i.AddressSettings = append(i.AddressSettings, addressSetting{match: match, settings: settings})
	}
}

// addressSetting is one address-setting element of broker.xml.
type addressSetting struct {
	match    string
	settings map[string]string
}

// Match is the attribute's value.
func (s addressSetting) Match() string { return escape(s.match) }

// XML is the content of the element, in the order of the names.
func (s addressSetting) XML() string {
	var elements []string
	for name, value := range s.settings {
		elements = append(elements, "<"+name+">"+escape(value)+"</"+name+">")
	}
	slices.Sort(elements)
	return strings.Join(elements, "")
}

func escape(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a strings.Builder takes everything
	return escaped.String()
}
