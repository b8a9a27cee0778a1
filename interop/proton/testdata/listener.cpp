// A broker in memory, on Qpid Proton C++ and Cyrus SASL. It listens at a free port of the loopback and says on standard output
//
//   listening PORT              once it does
//   login MECHANISM USER        for each connection that is let in
//   refused WHY                 for each that is not
//   outcome OUTCOME             for each message that a consumer settles
//
// Arguments, each as name=value:
//
//   mechs   the SASL mechanisms that are offered, separated by spaces
//   config  the folder of the configuration of Cyrus SASL
//   name    its name there
//   final   "outcome" has the last word of a login that succeeds travel in the outcome, in place of a challenge
//
// A message whose property "settle" says reject, release or modify is settled so and not kept; all others are accepted.

#include "arguments.hpp"
#include "cyrus.hpp"

#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/container.hpp>
#include <proton/delivery.hpp>
#include <proton/error_condition.hpp>
#include <proton/listen_handler.hpp>
#include <proton/listener.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sasl.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/target.hpp>
#include <proton/target_options.hpp>
#include <proton/tracker.hpp>
#include <proton/transport.hpp>

#include <algorithm>
#include <deque>
#include <iostream>
#include <vector>

struct queue {
    std::deque<proton::message> messages;
    std::vector<proton::sender> consumers;

    void pump() {
        for (auto& consumer : consumers) {
            while (!messages.empty() && consumer.credit() > 0) {
                consumer.send(messages.front());
                messages.pop_front();
            }
        }
    }
};

class broker : public proton::messaging_handler {
    std::map<std::string, queue> queues;
    bool anyone; // may do without a login
    int made = 0;

public:
    explicit broker(bool anyone) : anyone(anyone) {}

    void on_connection_open(proton::connection& c) override {
        std::string mechanism = c.transport().sasl().mech();
        if (mechanism.empty() && !anyone) {
            c.close(proton::error_condition("amqp:unauthorized-access", "log in first"));
            std::cout << "refused no login" << std::endl;
            return;
        }
        c.open();
        std::cout << "login " << mechanism << " " << c.user() << std::endl;
    }

    void on_sender_open(proton::sender& s) override {
        std::string address = s.source().dynamic() ? "temporary." + std::to_string(++made) : s.source().address();
        s.open(proton::sender_options().source(proton::source_options().address(address)));
        queues[address].consumers.push_back(s);
        queues[address].pump();
    }

    void on_receiver_open(proton::receiver& r) override {
        r.open(proton::receiver_options()
                   .credit_window(100)
                   .auto_accept(false)
                   .target(proton::target_options().address(r.target().address())));
    }

    void on_message(proton::delivery& d, proton::message& m) override {
        std::string settle;
        if (m.properties().exists("settle")) settle = proton::get<std::string>(m.properties().get("settle"));
        if (settle == "reject") return d.reject();
        if (settle == "release") return d.release();
        if (settle == "modify") return d.modify();
        std::string address = d.receiver().target().address();
        queue& q = queues[address.empty() ? m.to() : address];
        q.messages.push_back(m);
        d.accept();
        q.pump();
    }

    void on_sendable(proton::sender& s) override { queues[s.source().address()].pump(); }

    void on_tracker_accept(proton::tracker& t) override { std::cout << "outcome " << t.state() << std::endl; }
    void on_tracker_reject(proton::tracker& t) override { std::cout << "outcome " << t.state() << std::endl; }
    void on_tracker_release(proton::tracker& t) override { std::cout << "outcome " << t.state() << std::endl; }

    void on_sender_close(proton::sender& s) override { forget([&](const proton::sender& other) { return other == s; }); }

    void on_transport_close(proton::transport& t) override {
        proton::connection c = t.connection();
        forget([&](const proton::sender& other) { return other.connection() == c; });
    }

    void on_transport_error(proton::transport& t) override { std::cout << "refused " << t.error().what() << std::endl; }
    void on_error(const proton::error_condition& e) override { std::cout << "error " << e.what() << std::endl; }

private:
    template <class Condition> void forget(Condition gone) {
        for (auto& entry : queues) {
            auto& all = entry.second.consumers;
            all.erase(std::remove_if(all.begin(), all.end(), gone), all.end());
        }
    }
};

class server : public proton::messaging_handler, public proton::listen_handler {
    arguments args;
    broker node;

public:
    explicit server(const arguments& args)
        : args(args), node(!args.has("mechs") || args.text("mechs").find("ANONYMOUS") != std::string::npos) {}

    void on_container_start(proton::container& c) override { c.listen("127.0.0.1:0", *this); }

    void on_open(proton::listener& l) override { std::cout << "listening " << l.port() << std::endl; }

    void on_error(proton::listener&, const std::string& why) override { throw std::runtime_error(why); }

    proton::connection_options on_accept(proton::listener&) override {
        proton::connection_options o;
        o.handler(node).sasl_enabled(true).sasl_allow_insecure_mechs(true);
        if (args.has("mechs")) o.sasl_allowed_mechs(args.text("mechs"));
        return o;
    }
};

int main(int argc, char** argv) {
    try {
        arguments args(argc, argv);
        cyrus::use({args.text("config"), args.text("name"), args.text("final") == "outcome"});
        server s(args);
        proton::container(s).run();
        return 0;
    } catch (const std::exception& e) {
        std::cerr << "error " << e.what() << std::endl;
        return 1;
    }
}
