// Cyrus SASL for Qpid Proton, by the interface that Proton has for implementations of SASL: Debian builds Proton without its own.
#ifndef CYRUS_HPP
#define CYRUS_HPP

#include <proton/sasl_plugin.h>
#include <sasl/sasl.h>

#include <stdexcept>
#include <string>

namespace cyrus {

const char service[] = "amqp";

// The configuration of servers: its folder, its name, and whether the last word of an exchange that succeeds travels in the outcome's
// additional data, or else in a challenge that the client answers by nothing.
struct configuration {
    std::string folder, name;
    bool success_data;
};

inline configuration& settings() {
    static configuration c;
    return c;
}

inline void check(int result, const char* what) {
    if (result != SASL_OK) throw std::runtime_error(std::string("Cyrus SASL: ") + what + ": " + sasl_errstring(result, nullptr, nullptr));
}

inline sasl_conn_t* context(pn_transport_t* t) { return static_cast<sasl_conn_t*>(pnx_sasl_get_context(t)); }

// take makes an exchange the transport's. It has no security layer.
inline bool take(pn_transport_t* t, int result, sasl_conn_t* exchange) {
    if (result != SASL_OK) return false;
    sasl_security_properties_t properties = {};
    if (!pnx_sasl_get_allow_insecure_mechanisms(t)) properties.security_flags = SASL_SEC_NOPLAINTEXT;
    sasl_setprop(exchange, SASL_SEC_PROPS, &properties);
    pnx_sasl_set_context(t, exchange);
    return true;
}

inline void release(pn_transport_t* t) {
    sasl_conn_t* exchange = context(t);
    if (exchange) sasl_dispose(&exchange);
}

// say has bytes sent, once Proton comes to it; Cyrus keeps them until it is asked for more.
inline void say(pn_transport_t* t, pnx_sasl_state state, const char* bytes, unsigned size) {
    pnx_sasl_set_bytes_out(t, pn_bytes(size, bytes));
    pnx_sasl_set_desired_state(t, state);
}

// Server.

inline bool init_server(pn_transport_t* t) {
    sasl_conn_t* exchange = nullptr;
    int result = sasl_server_new(service, nullptr, nullptr, nullptr, nullptr, nullptr,
                                 settings().success_data ? SASL_SUCCESS_DATA : 0, &exchange);
    if (!take(t, result, exchange)) return false;
    pnx_sasl_set_desired_state(t, SASL_POSTED_MECHANISMS);
    return true;
}

inline const char* list_mechanisms(pn_transport_t* t) {
    const char* list = nullptr;
    return sasl_listmech(context(t), nullptr, "", " ", "", &list, nullptr, nullptr) == SASL_OK ? list : "";
}

inline void answer(pn_transport_t* t, int result, const char* bytes, unsigned size) {
    if (result == SASL_CONTINUE) return say(t, SASL_POSTED_CHALLENGE, bytes, size);
    const void* user = nullptr;
    if (result == SASL_OK) result = sasl_getprop(context(t), SASL_USERNAME, &user);
    if (result == SASL_OK) {
        pnx_sasl_set_succeeded(t, static_cast<const char*>(user), static_cast<const char*>(user));
    } else {
        pnx_sasl_logf(t, PN_LEVEL_WARNING, "%s", sasl_errdetail(context(t)));
        pnx_sasl_set_failed(t);
    }
    say(t, SASL_POSTED_OUTCOME, result == SASL_OK ? bytes : nullptr, result == SASL_OK ? size : 0);
}

inline void process_init(pn_transport_t* t, const char* mechanism, const pn_bytes_t* response) {
    const char* out = nullptr;
    unsigned size = 0;
    int result = sasl_server_start(context(t), mechanism, response->start, response->size, &out, &size);
    answer(t, result, out, size);
}

inline void process_response(pn_transport_t* t, const pn_bytes_t* response) {
    const char* out = nullptr;
    unsigned size = 0;
    int result = sasl_server_step(context(t), response->start, response->size, &out, &size);
    answer(t, result, out, size);
}

// Client.

inline bool init_client(pn_transport_t* t) {
    static const sasl_callback_t asks[] = {
        {SASL_CB_AUTHNAME, nullptr, nullptr},
        {SASL_CB_USER, nullptr, nullptr},
        {SASL_CB_PASS, nullptr, nullptr},
        {SASL_CB_LIST_END, nullptr, nullptr},
    };
    sasl_conn_t* exchange = nullptr;
    int result = sasl_client_new(service, pnx_sasl_get_remote_fqdn(t), nullptr, nullptr, asks, 0, &exchange);
    return take(t, result, exchange);
}

// tell answers what Cyrus asks of the user.
inline void tell(pn_transport_t* t, sasl_interact_t* questions) {
    for (sasl_interact_t* q = questions; q->id != SASL_CB_LIST_END; q++) {
        const char* text = nullptr;
        if (q->id == SASL_CB_AUTHNAME) text = pnx_sasl_get_username(t);
        if (q->id == SASL_CB_USER) text = pnx_sasl_get_authorization(t);
        if (q->id == SASL_CB_PASS) text = pnx_sasl_get_password(t);
        if (!text) text = q->defresult ? q->defresult : "";
        q->result = text;
        q->len = std::char_traits<char>::length(text);
    }
}

inline bool process_mechanisms(pn_transport_t* t, const char* offered) {
    const char *out = nullptr, *mechanism = nullptr;
    unsigned size = 0;
    sasl_interact_t* questions = nullptr;
    int result;
    while ((result = sasl_client_start(context(t), offered, &questions, &out, &size, &mechanism)) == SASL_INTERACT) tell(t, questions);
    if (result != SASL_OK && result != SASL_CONTINUE) {
        pnx_sasl_logf(t, PN_LEVEL_WARNING, "%s", sasl_errdetail(context(t)));
        return false;
    }
    pnx_sasl_set_selected_mechanism(t, mechanism);
    say(t, SASL_POSTED_INIT, out, size);
    return true;
}

inline void process_challenge(pn_transport_t* t, const pn_bytes_t* challenge) {
    const char* out = nullptr;
    unsigned size = 0;
    sasl_interact_t* questions = nullptr;
    int result;
    while ((result = sasl_client_step(context(t), challenge->start, challenge->size, &questions, &out, &size)) == SASL_INTERACT) tell(t, questions);
    if (result == SASL_OK || result == SASL_CONTINUE) return say(t, SASL_POSTED_RESPONSE, out, size);
    pnx_sasl_error(t, sasl_errdetail(context(t)), "amqp:unauthorized-access");
    pnx_sasl_set_desired_state(t, SASL_ERROR);
}

// process_outcome lets a server prove itself in the outcome's additional data, where it sends any.
inline void process_outcome(pn_transport_t* t, const pn_bytes_t* additional) {
    if (additional->size > 0) process_challenge(t, additional);
}

inline void prepare_write(pn_transport_t*) {}
inline bool can_encrypt(pn_transport_t*) { return false; }
inline ssize_t max_encrypt_size(pn_transport_t*) { return 0; }
inline ssize_t no_layer(pn_transport_t*, pn_bytes_t, pn_bytes_t*) { return 0; }

// use has all connections log in by Cyrus SASL.
inline void use(const configuration& c) {
    static const pnx_sasl_implementation implementation = {
        release,      list_mechanisms,  init_server,        init_client,       prepare_write,
        process_init, process_response, process_mechanisms, process_challenge, process_outcome,
        can_encrypt,  max_encrypt_size, no_layer,           no_layer,
    };
    settings() = c;
    if (!c.folder.empty()) check(sasl_set_path(SASL_PATH_TYPE_CONFIG, &settings().folder[0]), "configuration");
    check(sasl_server_init(nullptr, settings().name.c_str()), "server");
    check(sasl_client_init(nullptr), "client");
    pnx_sasl_set_default_implementation(&implementation);
}

} // namespace cyrus

#endif
