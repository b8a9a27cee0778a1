// A client on rhea. What it is told and what it says is as in client.cpp.

const util = require('util');
const rhea = require('rhea');

const types = rhea.types;
const args = Object.fromEntries(process.argv.slice(2).map((word) => {
    const at = word.indexOf('=');
    return [word.slice(0, at), word.slice(at + 1)];
}));
const count = Number(args.count || 1);

// One value of each type of AMQP, as it is sent and as it is known again: this library forgets the widths of numbers.
const samples = {
    null: [null, null],
    boolean: [true, true],
    ubyte: [types.wrap_ubyte(200), 200],
    ushort: [types.wrap_ushort(60000), 60000],
    uint: [types.wrap_uint(4000000000), 4000000000],
    ulong: [types.wrap_ulong(9007199254740991), 9007199254740991],
    byte: [types.wrap_byte(-100), -100],
    short: [types.wrap_short(-30000), -30000],
    int: [types.wrap_int(-2000000000), -2000000000],
    long: [types.wrap_long(-9007199254740991), -9007199254740991],
    float: [types.wrap_float(0.5), 0.5],
    double: [types.wrap_double(0.1), 0.1],
    timestamp: [types.wrap_timestamp(1234567890123), new Date(1234567890123)],
    uuid: [types.wrap_uuid(Buffer.from('0123456789abcdef')), Buffer.from('0123456789abcdef')],
    binary: [types.wrap_binary(Buffer.from([0, 255])), Buffer.from([0, 255])],
    string: ['\u00e4 string', '\u00e4 string'],
    symbol: [types.wrap_symbol('a-symbol'), 'a-symbol'],
    list: [types.wrap_list([1, 'two', 3.5, []]), [1, 'two', 3.5, []]],
    map: [types.wrap_map({ one: 1, two: {} }), { one: 1, two: {} }],
    array: [types.wrap_array([1, -2, 300], 0x71), [1, -2, 300]],
    symbols: [types.wrap_array(['a', 'b'], 0xa3), ['a', 'b']],
};

const outcomes = { accepted: 0, rejected: 0, released: 0, modified: 0 };
let sent = 0;
let settled = 0;
let first = 0;
let received = 0;
let bytes = 0;
let replyTo;

function fail(why) {
    console.log('error', why);
    process.exitCode = 1;
}

function answer(message) {
    if (message.correlation_id !== 'question') fail('an answer to another question');
    for (const [name, [, want]] of Object.entries(samples)) {
        const have = message.body[name];
        if (!util.isDeepStrictEqual(have, want)) fail(`${name} came back as ${util.inspect(have)}`);
    }
    if (Object.keys(message.body).length !== Object.keys(samples).length) fail('more came back than was sent');
    console.log('answered', Object.keys(message.body).length);
}

function outcome(context, name) {
    if (args.do === 'request') return;
    outcomes[name]++;
    if (++settled < count) return;
    console.log(Object.entries(outcomes).flat().join(' '));
    context.connection.close();
}

rhea.on('connection_open', (context) => {
    const c = context.connection;
    if (args.do === 'send') c.open_sender(args.address);
    if (args.do === 'receive') c.open_receiver({ source: args.address, credit_window: 0, autoaccept: false });
    if (args.do === 'request') c.open_receiver({ source: { dynamic: true }, credit_window: 0 });
});

rhea.on('receiver_open', (context) => {
    context.receiver.add_credit(count);
    if (args.do !== 'request') return;
    replyTo = context.receiver.source.address;
    context.connection.open_sender(args.address);
});

rhea.on('sendable', (context) => {
    if (args.do === 'request') {
        if (sent++ > 0) return;
        const body = types.wrap_map(Object.fromEntries(Object.entries(samples).map(([name, [value]]) => [name, value])));
        context.sender.send({ body, reply_to: replyTo, correlation_id: 'question' });
        return;
    }
    for (; sent < count && context.sender.sendable(); sent++) {
        const body = rhea.message.data_section(Buffer.alloc(Number(args.size || 0), 97 + (sent % 26)));
        context.sender.send({ message_id: sent, application_properties: { n: types.wrap_int(sent) }, body });
    }
});

rhea.on('accepted', (context) => outcome(context, 'accepted'));
rhea.on('rejected', (context) => outcome(context, 'rejected'));
rhea.on('released', (context) => outcome(context, 'released'));
rhea.on('modified', (context) => outcome(context, 'modified'));

rhea.on('message', (context) => {
    const { message, delivery } = context;
    if (args.do === 'request') {
        answer(message);
        context.connection.close();
        return;
    }
    const settle = args.settle || 'accept';
    const { n } = message.application_properties;
    if (received === 0) first = n;
    if (settle === 'accept' && n !== first + received) fail(`message ${n} in place of ${first + received}`);
    bytes += (message.body.content || message.body).length;
    if (settle === 'accept') delivery.accept();
    if (settle === 'reject') delivery.reject();
    if (settle === 'release') delivery.release();
    if (settle === 'modify') delivery.modified({ delivery_failed: true });
    if (++received < count) return;
    console.log(`received ${received} bytes ${bytes} count ${message.delivery_count || 0}`);
    context.connection.close();
});

for (const event of ['connection_error', 'session_error', 'sender_error', 'receiver_error']) {
    rhea.on(event, (context) => {
        fail(context.connection.error || context.sender?.error || context.receiver?.error || event);
        context.connection.close();
    });
}
rhea.on('disconnected', (context) => {
    if (context.error) fail(context.error);
});

const { hostname, port } = new URL(args.url);
rhea.connect({ host: hostname, port, username: args.user, password: args.password, reconnect: false });
