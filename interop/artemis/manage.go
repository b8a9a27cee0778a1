package artemis

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/Azure/go-amqp"
)

const managementAddress = "activemq.management"

// Manage has the broker perform an operation on one of its resources, "broker", "queue.NAME" or "address.NAME", and
// gives the result as JSON has it: numbers are [json.Number].
func (b *Broker) Manage(ctx context.Context, resource, operation string, parameters ...any) (any, error) {
	if parameters == nil {
		parameters = []any{}
	}
	body, err := json.Marshal(parameters)
	if err != nil {
		return nil, fmt.Errorf("artemis: encoding the parameters of %s: %w", operation, err)
	}
	return b.manage(ctx, resource, "_AMQ_OperationName", operation, string(body))
}

// Attribute reads an attribute of a resource, such as "messageCount" of "queue.orders".
func (b *Broker) Attribute(ctx context.Context, resource, attribute string) (any, error) {
	return b.manage(ctx, resource, "_AMQ_Attribute", attribute, "[]")
}

// MessageCount is how many messages a queue holds, those included that were delivered and are not settled.
func (b *Broker) MessageCount(ctx context.Context, queue string) (int64, error) {
	value, err := b.Attribute(ctx, "queue."+queue, "messageCount")
	if err != nil {
		return 0, err
	}
	number, ok := value.(json.Number)
	if !ok {
		return 0, fmt.Errorf("artemis: counting the messages of %s: %v is no number", queue, value)
	}
	return number.Int64()
}

// manage sends one request and waits for its reply.
func (b *Broker) manage(ctx context.Context, resource, kind, name, body string) (result any, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("artemis: %s of %s: %w", name, resource, err)
		}
	}()
	connection, err := b.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	session, err := connection.NewSession(ctx, nil)
	if err != nil {
		return nil, err
	}
	replies, err := session.NewReceiver(ctx, "", &amqp.ReceiverOptions{
		DynamicAddress:     true,
		SourceCapabilities: []string{"temporary-queue"},
	})
	if err != nil {
		return nil, err
	}
	requests, err := session.NewSender(ctx, managementAddress, nil)
	if err != nil {
		return nil, err
	}
	replyTo := replies.Address()
	request := &amqp.Message{
		Properties:            &amqp.MessageProperties{ReplyTo: &replyTo},
		ApplicationProperties: map[string]any{"_AMQ_ResourceName": resource, kind: name},
		Value:                 body,
	}
	if err := requests.Send(ctx, request, nil); err != nil {
		return nil, err
	}
	reply, err := replies.Receive(ctx, nil)
	if err != nil {
		return nil, err
	}
	if err := replies.AcceptMessage(ctx, reply); err != nil {
		return nil, err
	}
	return managementResult(reply)
}

// managementResult reads the reply: a JSON array of one result or of what failed, or null where there is none.
func managementResult(reply *amqp.Message) (any, error) {
	if done, _ := reply.ApplicationProperties["_AMQ_OperationSucceeded"].(bool); !done {
		return nil, fmt.Errorf("refused: %v", reply.Value)
	}
	if reply.Value == nil {
		return nil, nil
	}
	text, ok := reply.Value.(string)
	if !ok {
		return nil, fmt.Errorf("the reply holds a %T", reply.Value)
	}
	var results []any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&results); err != nil {
		return nil, fmt.Errorf("reading the reply: %w", err)
	}
	if len(results) == 0 {
		return nil, nil
	}
	return results[0], nil
}
