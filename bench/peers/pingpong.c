/* pingpong: round trips on Qpid Proton C, for measuring side by side with Hadron's program of the same name.
 *
 *   pingpong ping|pong connect|listen HOST PORT COUNT BODY_BYTES
 *
 * Who pings sends a message (message-id ulong, one data section of BODY_BYTES), and the next one when it is back; who pongs sends each
 * back. Both ways every message is encoded, decoded and accepted. COUNT round trips are measured, after a tenth as many that are not.
 * The last line of who pings is JSON, with times in microseconds.
 *
 *   pingpong version
 *
 * prints the version of Proton.
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
#include <proton/transport.h>
#include <proton/version.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 10 }; /* the credit of a link, as in Hadron's program */

static struct {
  int pinging, listening, failed, done;
  long count, warm_up, body, sent;
  int64_t began, hit;
  int64_t *times;
  pn_proactor_t *proactor;
  pn_listener_t *listener;
  pn_link_t *out;
  pn_message_t *message, *in;
  pn_rwbytes_t encoded, came;
  size_t room;
  char *payload;
} game;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static double micros(double percentile) {
  long at = (long)(percentile / 100 * game.count + 0.5) - 1;
  if (at < 0) at = 0;
  if (at >= game.count) at = game.count - 1;
  return game.times[at] / 1e3;
}

static void finish(pn_connection_t *c, int64_t at) {
  double seconds = (at - game.began) / 1e9;
  qsort(game.times, game.count, sizeof *game.times, ascending);
  printf("{\"peer\":\"proton-c\",\"role\":\"ping\",\"count\":%ld,\"seconds\":%.4f,\"rate\":%.0f,"
         "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n",
         game.count, seconds, game.count / seconds, micros(50), micros(90), micros(99), micros(99.9), micros(100));
  fflush(stdout);
  game.done = 1;
  pn_connection_close(c);
  pn_proactor_set_timeout(game.proactor, 500); /* nobody waits for long */
}

static void send_body(uint64_t id, pn_bytes_t body) {
  pn_delivery(game.out, pn_dtag((const char *)&id, sizeof id));
  pn_message_clear(game.message);
  pn_message_set_id(game.message, (pn_atom_t){.type = PN_ULONG, .u.as_ulong = id});
  pn_message_set_inferred(game.message, true);
  pn_data_put_binary(pn_message_body(game.message), body);
  if (pn_message_send(game.message, game.out, &game.encoded) < 0) game.failed = 1;
}

static void ping(void) {
  game.sent++;
  game.hit = now();
  if (!game.began) game.began = game.hit;
  send_body((uint64_t)game.sent, pn_bytes(game.body, game.payload));
}

/* receive decodes a message, and returns its body: null until it has come whole. */
static pn_bytes_t receive(pn_delivery_t *d) {
  size_t more = pn_delivery_pending(d), at = game.came.size;
  game.came.size += more;
  if (game.came.size > game.room) {
    game.room = game.came.size * 2;
    game.came.start = realloc(game.came.start, game.room);
  }
  pn_link_recv(pn_delivery_link(d), game.came.start + at, more);
  if (pn_delivery_partial(d)) return pn_bytes_null;
  if (pn_message_decode(game.in, game.came.start, game.came.size)) game.failed = 1;
  game.came.size = 0;
  pn_data_t *body = pn_message_body(game.in);
  pn_data_rewind(body);
  if (!pn_data_next(body)) game.failed = 1;
  pn_bytes_t b = pn_data_get_binary(body);
  if ((long)b.size != game.body) game.failed = 1;
  return b.start ? b : pn_bytes(0, "");
}

static void on_delivery(pn_delivery_t *d) {
  pn_link_t *l = pn_delivery_link(d);
  if (pn_link_is_sender(l)) {
    if (pn_delivery_updated(d) && pn_delivery_remote_state(d)) {
      if (pn_delivery_remote_state(d) != PN_ACCEPTED) game.failed = 1;
      pn_delivery_settle(d);
    }
    return;
  }
  if (!pn_delivery_readable(d)) return;
  pn_bytes_t body = receive(d);
  if (!body.start) return;
  int64_t at = now();
  if (!game.pinging) send_body(pn_message_get_id(game.in).u.as_ulong, body);
  pn_delivery_update(d, PN_ACCEPTED);
  pn_delivery_settle(d);
  if (pn_link_credit(l) <= WINDOW / 2) pn_link_flow(l, WINDOW - pn_link_credit(l));
  if (!game.pinging) return;
  if (game.sent > game.warm_up) game.times[game.sent - game.warm_up - 1] = at - game.hit;
  if (game.sent == game.warm_up) game.began = at;
  if (game.sent == game.warm_up + game.count) finish(pn_session_connection(pn_link_session(l)), at);
  else ping();
}

static void open_links(pn_connection_t *c) {
  pn_session_t *s = pn_session(c);
  pn_session_open(s);
  pn_link_t *in = pn_receiver(s, "pingpong-in");
  pn_terminus_set_address(pn_link_source(in), "pingpong");
  pn_link_open(in);
  pn_link_flow(in, WINDOW);
  game.out = pn_sender(s, "pingpong-out");
  pn_terminus_set_address(pn_link_target(game.out), "pingpong");
  pn_link_open(game.out);
}

static void on_link_opening(pn_link_t *l) {
  pn_terminus_copy(pn_link_source(l), pn_link_remote_source(l));
  pn_terminus_copy(pn_link_target(l), pn_link_remote_target(l));
  pn_link_open(l);
  if (pn_link_is_receiver(l)) pn_link_flow(l, WINDOW);
  else game.out = l;
}

/* handle returns 0 when the game is over. */
static int handle(pn_event_t *e) {
  pn_connection_t *c = pn_event_connection(e);
  switch (pn_event_type(e)) {
    case PN_LISTENER_ACCEPT: pn_listener_accept2(pn_event_listener(e), NULL, NULL); break;
    case PN_CONNECTION_INIT:
      pn_connection_set_container(c, game.pinging ? "ping" : "pong");
      if (!game.listening) { pn_connection_open(c); open_links(c); }
      break;
    case PN_CONNECTION_BOUND:
      pn_transport_require_auth(pn_event_transport(e), false);
      pn_sasl_allowed_mechs(pn_sasl(pn_event_transport(e)), "ANONYMOUS");
      break;
    case PN_CONNECTION_REMOTE_OPEN: if (game.listening) pn_connection_open(c); break;
    case PN_SESSION_REMOTE_OPEN: if (game.listening) pn_session_open(pn_event_session(e)); break;
    case PN_LINK_REMOTE_OPEN: if (game.listening) on_link_opening(pn_event_link(e)); break;
    case PN_LINK_FLOW:
      if (game.pinging && !game.sent && pn_link_is_sender(pn_event_link(e)) && pn_link_credit(pn_event_link(e)) > 0) ping();
      break;
    case PN_DELIVERY: on_delivery(pn_event_delivery(e)); break;
    case PN_CONNECTION_REMOTE_CLOSE:
      pn_connection_close(c);
      if (game.listener) pn_listener_close(game.listener);
      game.done = 1;
      break;
    case PN_TRANSPORT_CLOSED: {
      pn_condition_t *condition = pn_transport_condition(pn_event_transport(e));
      if (pn_condition_is_set(condition) && !game.done) {
        fprintf(stderr, "%s: %s\n", pn_condition_get_name(condition), pn_condition_get_description(condition));
        game.failed = 1;
      }
      return 0; /* one connection is all there is */
    }
    case PN_PROACTOR_TIMEOUT:
    case PN_PROACTOR_INACTIVE: return 0;
    default: break;
  }
  return !game.failed;
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "version")) {
    printf("%d.%d.%d\n", PN_VERSION_MAJOR, PN_VERSION_MINOR, PN_VERSION_POINT);
    return 0;
  }
  if (argc != 7) {
    fprintf(stderr, "usage: pingpong ping|pong connect|listen HOST PORT COUNT BODY_BYTES\n");
    return 2;
  }
  game.pinging = !strcmp(argv[1], "ping");
  game.listening = !strcmp(argv[2], "listen");
  game.count = atol(argv[5]);
  game.body = atol(argv[6]);
  game.warm_up = game.count / 10;
  game.times = calloc(game.count, sizeof *game.times);
  game.payload = malloc(game.body + 1);
  memset(game.payload, 'x', game.body);
  game.message = pn_message();
  game.in = pn_message();
  char address[PN_MAX_ADDR];
  pn_proactor_addr(address, sizeof address, argv[3], argv[4]);
  pn_proactor_t *p = game.proactor = pn_proactor();
  if (game.listening) {
    game.listener = pn_listener();
    pn_proactor_listen(p, game.listener, address, 16);
  } else {
    pn_proactor_connect2(p, NULL, NULL, address);
  }
  for (int go = 1; go;) {
    pn_event_batch_t *batch = pn_proactor_wait(p);
    for (pn_event_t *e = pn_event_batch_next(batch); e && go; e = pn_event_batch_next(batch)) go = handle(e);
    pn_proactor_done(p, batch);
  }
  return game.failed;
}
