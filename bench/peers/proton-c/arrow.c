/* arrow: messages one way on Qpid Proton C, for measuring side by side with Hadron's program of the same name.
 *
 *   arrow [-tls CERT,KEY] send|receive connect|listen HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]
 *
 * COUNT messages (message-id ulong, one data section of BODY_BYTES) are sent or received. Every one of them is encoded, decoded and, unless it is
 * sent settled, accepted. The last line is JSON with the rate: the receiver's clock runs from its first message to its last, the sender's from its
 * first send to its last outcome, or to its last send where messages are settled. With -tls the connection is one by TLS: the PEM files are those of
 * the end that listens, and the other end takes whatever certificate it is shown.
 */
#define _GNU_SOURCE
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/link.h>
#include <proton/listener.h>
#include <proton/message.h>
#include <proton/netaddr.h>
#include <proton/proactor.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/ssl.h>
#include <proton/transport.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct {
  const char *role, *address;
  int sending, listening, settled, failed, done;
  long count, body, credit, sent, outcomes, received;
  int64_t began;
  pn_proactor_t *proactor;
  pn_listener_t *listener;
  pn_ssl_domain_t *tls;
  pn_message_t *message;
  pn_rwbytes_t encoded, came;
  size_t room;
  char *payload;
} pump;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* finish prints the figure. A sender whose messages are settled leaves it to the receiver to close: what is on its way must not be cut off. */
static void finish(pn_connection_t *c) {
  if (pump.done) return;
  double seconds = (now() - pump.began) / 1e9;
  printf("{\"peer\":\"proton-c\",\"role\":\"%s\",\"count\":%ld,\"seconds\":%.4f,\"rate\":%.0f}\n", pump.role, pump.count, seconds,
         pump.count / seconds);
  fflush(stdout);
  pump.done = 1;
  if (pump.sending && pump.settled) return;
  pn_connection_close(c);
  pn_proactor_set_timeout(pump.proactor, 500); /* nobody waits for long */
}

/* use_credit sends as many messages as the link has credit for. */
static void use_credit(pn_link_t *l) {
  if (!pump.began) pump.began = now();
  while (pump.sent < pump.count && pn_link_credit(l) > 0) {
    uint64_t id = (uint64_t)++pump.sent;
    pn_delivery_t *d = pn_delivery(l, pn_dtag((const char *)&id, sizeof id));
    pn_message_clear(pump.message);
    pn_message_set_id(pump.message, (pn_atom_t){.type = PN_ULONG, .u.as_ulong = id});
    pn_message_set_inferred(pump.message, true);
    pn_data_put_binary(pn_message_body(pump.message), pn_bytes(pump.body, pump.payload));
    if (pn_message_send(pump.message, l, &pump.encoded) < 0) {
      pump.failed = 1;
      return;
    }
    if (pump.settled) pn_delivery_settle(d);
  }
  if (pump.settled && pump.sent == pump.count) finish(pn_session_connection(pn_link_session(l)));
}

static void on_outcome(pn_delivery_t *d) {
  if (!pn_delivery_updated(d) || !pn_delivery_remote_state(d)) return;
  if (pn_delivery_remote_state(d) != PN_ACCEPTED) pump.failed = 1;
  pn_link_t *l = pn_delivery_link(d);
  pn_delivery_settle(d);
  if (++pump.outcomes == pump.count) finish(pn_session_connection(pn_link_session(l)));
}

/* whole takes what has come of a message, and says whether that is all of it. */
static int whole(pn_delivery_t *d) {
  size_t more = pn_delivery_pending(d), at = pump.came.size;
  pump.came.size += more;
  if (pump.came.size > pump.room) {
    pump.room = pump.came.size * 2;
    pump.came.start = realloc(pump.came.start, pump.room);
  }
  pn_link_recv(pn_delivery_link(d), pump.came.start + at, more);
  return !pn_delivery_partial(d);
}

static void on_message(pn_delivery_t *d) {
  if (!pn_delivery_readable(d) || !whole(d)) return;
  if (!pump.began) pump.began = now();
  if (pn_message_decode(pump.message, pump.came.start, pump.came.size)) pump.failed = 1;
  pump.came.size = 0;
  pn_data_t *body = pn_message_body(pump.message);
  pn_data_rewind(body);
  if (!pn_data_next(body) || (long)pn_data_get_binary(body).size != pump.body) pump.failed = 1;
  pn_link_t *l = pn_delivery_link(d);
  if (!pn_delivery_settled(d)) pn_delivery_update(d, PN_ACCEPTED);
  pn_delivery_settle(d);
  if (pn_link_credit(l) < pump.credit / 2) pn_link_flow(l, pump.credit - pn_link_credit(l));
  if (++pump.received == pump.count) finish(pn_session_connection(pn_link_session(l)));
}

static void open_link(pn_connection_t *c) {
  pn_session_t *s = pn_session(c);
  pn_session_open(s);
  pn_link_t *l = pump.sending ? pn_sender(s, "arrow") : pn_receiver(s, "arrow");
  pn_terminus_set_address(pump.sending ? pn_link_target(l) : pn_link_source(l), pump.address);
  if (pump.sending) pn_link_set_snd_settle_mode(l, pump.settled ? PN_SND_SETTLED : PN_SND_UNSETTLED);
  pn_link_open(l);
  if (!pump.sending) pn_link_flow(l, pump.credit);
}

static void on_link_opening(pn_link_t *l) {
  pn_terminus_copy(pn_link_source(l), pn_link_remote_source(l));
  pn_terminus_copy(pn_link_target(l), pn_link_remote_target(l));
  pn_link_set_snd_settle_mode(l, pn_link_remote_snd_settle_mode(l));
  pn_link_open(l);
  if (pn_link_is_receiver(l)) pn_link_flow(l, pump.credit);
}

/* secured is the transport for a connection by TLS, NULL for one in the clear. */
static pn_transport_t *secured(void) {
  if (!pump.tls) return NULL;
  pn_transport_t *t = pn_transport();
  if (pump.listening) pn_transport_set_server(t);
  if (pn_ssl_init(pn_ssl(t), pump.tls, NULL)) pump.failed = 1;
  return t;
}

static void use_tls(char *files) {
  char *key = strchr(files, ',');
  if (key) *key++ = 0;
  pump.tls = pn_ssl_domain(pump.listening ? PN_SSL_MODE_SERVER : PN_SSL_MODE_CLIENT);
  if (!pump.tls || (pump.listening ? pn_ssl_domain_set_credentials(pump.tls, files, key, NULL)
                                   : pn_ssl_domain_set_peer_authentication(pump.tls, PN_SSL_ANONYMOUS_PEER, NULL))) {
    fprintf(stderr, "arrow: no TLS by %s\n", files);
    exit(1);
  }
}

/* handle returns 0 when it is over. */
static int handle(pn_event_t *e) {
  pn_connection_t *c = pn_event_connection(e);
  switch (pn_event_type(e)) {
    case PN_LISTENER_ACCEPT: pn_listener_accept2(pn_event_listener(e), NULL, secured()); break;
    case PN_CONNECTION_INIT:
      pn_connection_set_container(c, pump.sending ? "arrow-send" : "arrow-receive");
      if (!pump.listening) { pn_connection_open(c); open_link(c); }
      break;
    case PN_CONNECTION_BOUND:
      pn_transport_require_auth(pn_event_transport(e), false);
      pn_sasl_allowed_mechs(pn_sasl(pn_event_transport(e)), "ANONYMOUS");
      break;
    case PN_CONNECTION_REMOTE_OPEN: if (pump.listening) pn_connection_open(c); break;
    case PN_SESSION_REMOTE_OPEN: if (pump.listening) pn_session_open(pn_event_session(e)); break;
    case PN_LINK_REMOTE_OPEN: if (pump.listening) on_link_opening(pn_event_link(e)); break;
    case PN_LINK_FLOW: if (pn_link_is_sender(pn_event_link(e))) use_credit(pn_event_link(e)); break;
    case PN_DELIVERY:
      if (pump.sending) on_outcome(pn_event_delivery(e));
      else on_message(pn_event_delivery(e));
      break;
    case PN_CONNECTION_REMOTE_CLOSE:
      pn_connection_close(c);
      if (pump.listener) pn_listener_close(pump.listener);
      break;
    case PN_TRANSPORT_CLOSED: {
      pn_condition_t *condition = pn_transport_condition(pn_event_transport(e));
      if (pn_condition_is_set(condition) && !pump.done) {
        fprintf(stderr, "%s: %s\n", pn_condition_get_name(condition), pn_condition_get_description(condition));
        pump.failed = 1;
      }
      return 0; /* one connection is all there is */
    }
    case PN_PROACTOR_TIMEOUT:
    case PN_PROACTOR_INACTIVE: return 0;
    default: break;
  }
  return !pump.failed;
}

int main(int argc, char **argv) {
  char *files = argc > 2 && !strcmp(argv[1], "-tls") ? argv[2] : NULL;
  if (files) {
    argv += 2;
    argc -= 2;
  }
  if (argc < 9 || argc > 10) {
    fprintf(stderr, "usage: arrow [-tls CERT,KEY] send|receive connect|listen HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]\n");
    return 2;
  }
  pump.role = argv[1];
  pump.sending = !strcmp(argv[1], "send");
  pump.listening = !strcmp(argv[2], "listen");
  pump.address = argv[5];
  pump.count = atol(argv[6]);
  pump.body = atol(argv[7]);
  pump.credit = atol(argv[8]);
  pump.settled = argc == 10;
  pump.payload = malloc(pump.body + 1);
  memset(pump.payload, 'x', pump.body);
  pump.message = pn_message();
  if (files) use_tls(files);
  char address[PN_MAX_ADDR];
  pn_proactor_addr(address, sizeof address, argv[3], argv[4]);
  pump.proactor = pn_proactor();
  if (pump.listening) {
    pump.listener = pn_listener();
    pn_proactor_listen(pump.proactor, pump.listener, address, 16);
  } else {
    pn_proactor_connect2(pump.proactor, NULL, secured(), address);
  }
  for (int go = 1; go;) {
    pn_event_batch_t *batch = pn_proactor_wait(pump.proactor);
    for (pn_event_t *e = pn_event_batch_next(batch); e && go; e = pn_event_batch_next(batch)) go = handle(e);
    pn_proactor_done(pump.proactor, batch);
  }
  return pump.failed;
}
