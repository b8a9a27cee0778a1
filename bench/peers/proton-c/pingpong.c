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
  int64_t began, left;
  int64_t *times;
  pn_proactor_t *proactor;
  pn_listener_t *listener;
  pn_link_t *out;
  pn_message_t *message, *in;
  pn_rwbytes_t encoded, came;
  size_t room;
  char *payload;
} run;

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
  long at = (long)(percentile / 100 * run.count + 0.5) - 1;
  if (at < 0) at = 0;
  if (at >= run.count) at = run.count - 1;
  return run.times[at] / 1e3;
}

static void finish(pn_connection_t *c, int64_t at) {
  double seconds = (at - run.began) / 1e9;
  qsort(run.times, run.count, sizeof *run.times, ascending);
  printf("{\"peer\":\"proton-c\",\"role\":\"ping\",\"count\":%ld,\"seconds\":%.4f,\"rate\":%.0f,"
         "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n",
         run.count, seconds, run.count / seconds, micros(50), micros(90), micros(99), micros(99.9), micros(100));
  fflush(stdout);
  run.done = 1;
  pn_connection_close(c);
  pn_proactor_set_timeout(run.proactor, 500); /* nobody waits for long */
}

static void send_body(uint64_t id, pn_bytes_t body) {
  pn_delivery(run.out, pn_dtag((const char *)&id, sizeof id));
  pn_message_clear(run.message);
  pn_message_set_id(run.message, (pn_atom_t){.type = PN_ULONG, .u.as_ulong = id});
  pn_message_set_inferred(run.message, true);
  pn_data_put_binary(pn_message_body(run.message), body);
  if (pn_message_send(run.message, run.out, &run.encoded) < 0) run.failed = 1;
}

static void ping(void) {
  run.sent++;
  run.left = now();
  if (!run.began) run.began = run.left;
  send_body((uint64_t)run.sent, pn_bytes(run.body, run.payload));
}

/* receive decodes a message, and returns its body: null until it has come whole. */
static pn_bytes_t receive(pn_delivery_t *d) {
  size_t more = pn_delivery_pending(d), at = run.came.size;
  run.came.size += more;
  if (run.came.size > run.room) {
    run.room = run.came.size * 2;
    run.came.start = realloc(run.came.start, run.room);
  }
  pn_link_recv(pn_delivery_link(d), run.came.start + at, more);
  if (pn_delivery_partial(d)) return pn_bytes_null;
  if (pn_message_decode(run.in, run.came.start, run.came.size)) run.failed = 1;
  run.came.size = 0;
  pn_data_t *body = pn_message_body(run.in);
  pn_data_rewind(body);
  if (!pn_data_next(body)) run.failed = 1;
  pn_bytes_t b = pn_data_get_binary(body);
  if ((long)b.size != run.body) run.failed = 1;
  return b.start ? b : pn_bytes(0, "");
}

static void on_delivery(pn_delivery_t *d) {
  pn_link_t *l = pn_delivery_link(d);
  if (pn_link_is_sender(l)) {
    if (pn_delivery_updated(d) && pn_delivery_remote_state(d)) {
      if (pn_delivery_remote_state(d) != PN_ACCEPTED) run.failed = 1;
      pn_delivery_settle(d);
    }
    return;
  }
  if (!pn_delivery_readable(d)) return;
  pn_bytes_t body = receive(d);
  if (!body.start) return;
  int64_t at = now();
  if (!run.pinging) send_body(pn_message_get_id(run.in).u.as_ulong, body);
  pn_delivery_update(d, PN_ACCEPTED);
  pn_delivery_settle(d);
  if (pn_link_credit(l) <= WINDOW / 2) pn_link_flow(l, WINDOW - pn_link_credit(l));
  if (!run.pinging) return;
  if (run.sent > run.warm_up) run.times[run.sent - run.warm_up - 1] = at - run.left;
  if (run.sent == run.warm_up) run.began = at;
  if (run.sent == run.warm_up + run.count) finish(pn_session_connection(pn_link_session(l)), at);
  else ping();
}

static void open_links(pn_connection_t *c) {
  pn_session_t *s = pn_session(c);
  pn_session_open(s);
  pn_link_t *in = pn_receiver(s, "pingpong-in");
  pn_terminus_set_address(pn_link_source(in), "pingpong");
  pn_link_open(in);
  pn_link_flow(in, WINDOW);
  run.out = pn_sender(s, "pingpong-out");
  pn_terminus_set_address(pn_link_target(run.out), "pingpong");
  pn_link_open(run.out);
}

static void on_link_opening(pn_link_t *l) {
  pn_terminus_copy(pn_link_source(l), pn_link_remote_source(l));
  pn_terminus_copy(pn_link_target(l), pn_link_remote_target(l));
  pn_link_open(l);
  if (pn_link_is_receiver(l)) pn_link_flow(l, WINDOW);
  else run.out = l;
}

/* handle returns 0 when the run is over. */
static int handle(pn_event_t *e) {
  pn_connection_t *c = pn_event_connection(e);
  switch (pn_event_type(e)) {
    case PN_LISTENER_ACCEPT: pn_listener_accept2(pn_event_listener(e), NULL, NULL); break;
    case PN_CONNECTION_INIT:
      pn_connection_set_container(c, run.pinging ? "ping" : "pong");
      if (!run.listening) { pn_connection_open(c); open_links(c); }
      break;
    case PN_CONNECTION_BOUND:
      pn_transport_require_auth(pn_event_transport(e), false);
      pn_sasl_allowed_mechs(pn_sasl(pn_event_transport(e)), "ANONYMOUS");
      break;
    case PN_CONNECTION_REMOTE_OPEN: if (run.listening) pn_connection_open(c); break;
    case PN_SESSION_REMOTE_OPEN: if (run.listening) pn_session_open(pn_event_session(e)); break;
    case PN_LINK_REMOTE_OPEN: if (run.listening) on_link_opening(pn_event_link(e)); break;
    case PN_LINK_FLOW:
      if (run.pinging && !run.sent && pn_link_is_sender(pn_event_link(e)) && pn_link_credit(pn_event_link(e)) > 0) ping();
      break;
    case PN_DELIVERY: on_delivery(pn_event_delivery(e)); break;
    case PN_CONNECTION_REMOTE_CLOSE:
      pn_connection_close(c);
      if (run.listener) pn_listener_close(run.listener);
      run.done = 1;
      break;
    case PN_TRANSPORT_CLOSED: {
      pn_condition_t *condition = pn_transport_condition(pn_event_transport(e));
      if (pn_condition_is_set(condition) && !run.done) {
        fprintf(stderr, "%s: %s\n", pn_condition_get_name(condition), pn_condition_get_description(condition));
        run.failed = 1;
      }
      return 0; /* one connection is all there is */
    }
    case PN_PROACTOR_TIMEOUT:
    case PN_PROACTOR_INACTIVE: return 0;
    default: break;
  }
  return !run.failed;
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
  run.pinging = !strcmp(argv[1], "ping");
  run.listening = !strcmp(argv[2], "listen");
  run.count = atol(argv[5]);
  run.body = atol(argv[6]);
  run.warm_up = run.count / 10;
  run.times = calloc(run.count, sizeof *run.times);
  run.payload = malloc(run.body + 1);
  memset(run.payload, 'x', run.body);
  run.message = pn_message();
  run.in = pn_message();
  char address[PN_MAX_ADDR];
  pn_proactor_addr(address, sizeof address, argv[3], argv[4]);
  pn_proactor_t *p = run.proactor = pn_proactor();
  if (run.listening) {
    run.listener = pn_listener();
    pn_proactor_listen(p, run.listener, address, 16);
  } else {
    pn_proactor_connect2(p, NULL, NULL, address);
  }
  for (int go = 1; go;) {
    pn_event_batch_t *batch = pn_proactor_wait(p);
    for (pn_event_t *e = pn_event_batch_next(batch); e && go; e = pn_event_batch_next(batch)) go = handle(e);
    pn_proactor_done(p, batch);
  }
  return run.failed;
}
