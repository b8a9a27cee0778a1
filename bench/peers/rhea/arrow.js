// arrow: messages one way on rhea, for measuring side by side with Hadron's program of the same name.
//
//   node arrow.js send|receive connect|listen HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]
//
// COUNT messages (a message-id, one data section of BODY_BYTES) are sent or received. The last line is JSON with the rate.
'use strict';

const rhea = require('rhea');

const [role, side, host, port, address, ...rest] = process.argv.slice(2);
const [count, bytes, credit] = rest.map(Number);
const settled = rest[3] === 'settled';
const container = rhea.create_container({ id: `arrow-${role}` });
let listener, began, finished = false;

function fail(why) {
  console.error(why);
  process.exit(1);
}

// finish prints the figure.
function finish() {
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  finished = true;
  console.log(JSON.stringify({ peer: 'rhea', role, count, seconds: Number(seconds.toFixed(4)), rate: Math.round(count / seconds) }));
}

// sending uses the credit. When messages are settled the receiver closes: what is on its way must not be cut off.
function sending() {
  const body = rhea.message.data_section(Buffer.alloc(bytes, 'x'));
  let sent = 0, outcomes = 0;
  container.on('sendable', (context) => {
    began ??= process.hrtime.bigint();
    while (sent < count && context.sender.sendable()) context.sender.send({ message_id: ++sent, body });
    if (settled && sent === count && !finished) finish();
  });
  container.on('accepted', (context) => {
    if (++outcomes < count) return;
    finish();
    context.connection.close();
  });
  for (const outcome of ['rejected', 'released', 'modified']) container.on(outcome, () => fail(`a message was ${outcome}`));
}

// receiving accepts each message, as rhea does by itself once the handler has returned.
function receiving() {
  let received = 0;
  container.on('message', (context) => {
    began ??= process.hrtime.bigint();
    if (context.message.body.content.length !== bytes) fail(`a body of ${context.message.body.content.length} bytes`);
    if (++received < count) return;
    finish();
    setImmediate(() => context.connection.close());
  });
}

(role === 'send' ? sending : receiving)();
container.on('connection_close', () => listener?.close());
container.on('disconnected', () => {
  if (finished) listener?.close();
  else fail('disconnected');
});
for (const error of ['connection_error', 'session_error', 'sender_error', 'receiver_error']) {
  container.on(error, (context) => fail(`${error}: ${context.error ?? ''}`));
}
const options = { host, port: Number(port), reconnect: false, receiver_options: { credit_window: credit } };
if (side === 'listen') {
  listener = container.listen(options);
} else if (role === 'send') {
  container.connect(options).open_sender({ target: address, snd_settle_mode: settled ? 1 : 0 });
} else {
  container.connect(options).open_receiver({ source: address, credit_window: credit });
}
