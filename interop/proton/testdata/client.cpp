// A client on Qpid Proton C++ and Cyrus SASL. It says on standard output what it did, and fails where it could not.
//
// Arguments, each as name=value:
//
//   url       where to
//   user, password, mechs   how to log in, with the SASL mechanisms that may be used, separated by spaces
//   host      the name of the server, where it is not the one in the URL
//   do        send, receive or request
//   address   the node to send to or to receive from
//   count     how many messages
//   size      how many bytes in the body of each that is sent
//   settle    what to do with a message that comes: accept, reject, release or modify
//
// send sends messages and waits for their outcomes, then says how often each was heard: "accepted 10 rejected 0 ...".
// receive takes messages, which must come in the order of sending, and says how many bytes they had and how often the last was
// delivered before: "received 10 bytes 1000 count 0". request sends one value of each type to whoever answers at the address, with a
// dynamic node to reply to; the answer must have the same.

#include "arguments.hpp"
#include "cyrus.hpp"

#include <proton/binary.hpp>
#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/container.hpp>
#include <proton/delivery.hpp>
#include <proton/error_condition.hpp>
#include <proton/map.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/symbol.hpp>
#include <proton/timestamp.hpp>
#include <proton/tracker.hpp>
#include <proton/transport.hpp>
#include <proton/types.hpp>
#include <proton/uuid.hpp>

#include <iostream>
#include <vector>

// samples has one value of each type of AMQP that this library and the other end know. A symbol alone is not among them: in a
// message's body, Hadron reads it as a string.
static std::map<std::string, proton::value> samples() {
    std::map<std::string, proton::value> all;
    all["null"] = proton::null();
    all["boolean"] = true;
    all["ubyte"] = uint8_t(200);
    all["ushort"] = uint16_t(60000);
    all["uint"] = uint32_t(4000000000u);
    all["ulong"] = uint64_t(18000000000000000000u);
    all["byte"] = int8_t(-100);
    all["short"] = int16_t(-30000);
    all["int"] = int32_t(-2000000000);
    all["long"] = int64_t(-9000000000000000000);
    all["float"] = 0.5f;
    all["double"] = 0.1;
    all["char"] = wchar_t(0x1F600);
    all["timestamp"] = proton::timestamp(1234567890123);
    all["uuid"] = proton::uuid::copy("0123456789abcdef");
    all["binary"] = proton::binary({0x00, 0xff});
    all["string"] = std::string("\xc3\xa4 string");
    all["list"] = std::vector<proton::value>{proton::value(1), proton::value("two"), proton::value(3.0)};
    all["map"] = std::map<std::string, proton::value>{{"one", 1}}; // of one pair: values are compared in the order of the wire, and Go keeps none
    all["array"] = std::vector<int32_t>{1, -2, 300};
    all["symbols"] = std::vector<proton::symbol>{"a", "b"};
    return all;
}

class client : public proton::messaging_handler {
    arguments args;
    size_t sent = 0, settled = 0, first = 0, received = 0, bytes = 0;
    std::map<std::string, size_t> outcomes;
    std::string reply_to;

public:
    bool failed = false;

    explicit client(const arguments& args) : args(args) {}

    void on_container_start(proton::container& c) override {
        proton::connection_options o;
        o.sasl_allow_insecure_mechs(true);
        if (args.has("user")) o.user(args.text("user")).password(args.text("password"));
        if (args.has("mechs")) o.sasl_allowed_mechs(args.text("mechs"));
        if (args.has("host")) o.virtual_host(args.text("host"));
        c.connect(args.text("url"), o);
    }

    void on_connection_open(proton::connection& c) override {
        std::string job = args.text("do");
        if (job == "send") {
            c.open_sender(args.text("address"));
        } else if (job == "receive") {
            c.open_receiver(args.text("address"), proton::receiver_options().credit_window(0).auto_accept(false));
        } else if (job == "request") {
            c.open_receiver("", proton::receiver_options().source(proton::source_options().dynamic(true)));
        } else {
            c.close();
        }
    }

    void on_receiver_open(proton::receiver& r) override {
        if (args.text("do") == "request") {
            reply_to = r.source().address();
            r.connection().open_sender(args.text("address"));
        } else {
            r.add_credit(args.number("count"));
        }
    }

    void on_sendable(proton::sender& s) override {
        if (args.text("do") == "request") {
            if (sent++ > 0) return;
            proton::message m;
            m.body(samples());
            m.reply_to(reply_to);
            m.correlation_id("question");
            s.send(m);
            return;
        }
        for (; sent < args.number("count") && s.credit() > 0; sent++) {
            proton::message m;
            m.id(uint64_t(sent));
            m.properties().put("n", int32_t(sent));
            m.body(proton::binary(std::string(args.number("size"), char('a' + sent % 26))));
            s.send(m);
        }
    }

    void on_tracker_accept(proton::tracker& t) override { outcome(t, "accepted"); }
    void on_tracker_reject(proton::tracker& t) override { outcome(t, "rejected"); }
    void on_tracker_release(proton::tracker& t) override {
        outcome(t, t.state() == proton::tracker::MODIFIED ? "modified" : "released");
    }

    void on_message(proton::delivery& d, proton::message& m) override {
        if (args.text("do") == "request") {
            answer(m);
            return d.connection().close();
        }
        if (m.properties().exists("n") && args.text("settle") == "accept") {
            size_t n = proton::coerce<uint32_t>(m.properties().get("n"));
            if (received == 0) first = n;
            if (n != first + received) fail("message " + std::to_string(n) + " in place of " + std::to_string(first + received));
        }
        bytes += proton::get<proton::binary>(m.body()).size();
        std::string settle = args.text("settle");
        if (settle == "reject") {
            d.reject();
        } else if (settle == "release") {
            d.release();
        } else if (settle == "modify") {
            d.modify();
        } else {
            d.accept();
        }
        if (++received == args.number("count")) {
            std::cout << "received " << received << " bytes " << bytes << " count " << m.delivery_count() << std::endl;
            d.connection().close();
        }
    }

    void on_transport_error(proton::transport& t) override { fail(t.error().what()); }
    void on_error(const proton::error_condition& e) override { fail(e.what()); }

private:
    void fail(const std::string& why) {
        std::cout << "error " << why << std::endl;
        failed = true;
    }

    void outcome(proton::tracker& t, const std::string& name) {
        if (args.text("do") == "request") return;
        outcomes[name]++;
        if (++settled < args.number("count")) return;
        for (const char* each : {"accepted", "rejected", "released", "modified"}) std::cout << each << " " << outcomes[each] << " ";
        std::cout << std::endl;
        t.connection().close();
    }

    void answer(proton::message& m) {
        if (m.correlation_id() != proton::message_id("question")) fail("an answer to another question");
        std::map<std::string, proton::value> back;
        proton::get(m.body(), back);
        auto want = samples();
        for (auto& each : want) {
            proton::value& have = back[each.first];
            if (have.type() != each.second.type() || !(have == each.second)) {
                fail(each.first + " came back as " + proton::to_string(have));
            }
        }
        if (back.size() != want.size()) fail("more came back than was sent");
        std::cout << "answered " << back.size() << std::endl;
    }
};

int main(int argc, char** argv) {
    try {
        arguments args(argc, argv);
        cyrus::use({"", "hadron-test", false});
        client c(args);
        proton::container(c).run();
        return c.failed ? 1 : 0;
    } catch (const std::exception& e) {
        std::cout << "error " << e.what() << std::endl;
        return 1;
    }
}
