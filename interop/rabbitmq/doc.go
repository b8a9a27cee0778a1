// Package rabbitmq holds Hadron's client against RabbitMQ: Debian's 3.10, whose plug-in rabbitmq_amqp1_0 speaks AMQP 1.0, at addresses such
// as /queue/NAME. The tests have a broker of their own: its files in a temporary folder, its ports free ones of the loopback, its port
// mapper a process of its own. Where RabbitMQ is not installed they skip, saying so.
//
// There is nothing here but tests.
package rabbitmq
