// A mail server that takes all mail and delivers none, with a certificate of its own. The server under test trusts it by SSL_CERT_FILE.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

// The little of DER that a certificate takes.
const der = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const n = body.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const seq = (...parts) => der(0x30, ...parts);
const oid = (...bytes) => der(6, Buffer.from(bytes));
const yes = der(1, Buffer.from([255]));
const ecdsaWithSHA256 = seq(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2));

/** A certificate for 127.0.0.1 that vouches for itself. */
function certificate() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = seq(der(0x31, seq(oid(0x55, 4, 3), der(0x0c, Buffer.from('mail sink')))));
  const until = (text) => der(0x18, Buffer.from(text));
  const extensions = seq(
    seq(oid(0x55, 0x1d, 0x11), der(4, seq(der(0x87, Buffer.from([127, 0, 0, 1]))))), // subjectAltName
    seq(oid(0x55, 0x1d, 0x13), yes, der(4, seq(yes))), // it is an authority
  );
  const serial = randomBytes(8);
  serial[0] = (serial[0] & 0x7f) | 1;
  const body = seq(
    der(0xa0, der(2, Buffer.from([2]))),
    der(2, serial),
    ecdsaWithSHA256,
    name,
    seq(until('20000101000000Z'), until('20991231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const whole = seq(body, ecdsaWithSHA256, der(3, Buffer.from([0]), sign('sha256', body, privateKey)));
  const pem = `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return { pem, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/** Starts it: {address, root, mails, hold, release, stop}. Each mail is {to, source}. While held it answers no mail. */
export async function startMailSink() {
  const { pem, key } = certificate();
  const folder = await mkdtemp(join(tmpdir(), 'fishpond-sink-'));
  const root = join(folder, 'root.pem');
  await writeFile(root, pem);
  const mails = [];
  const open = new Set();
  let held = Promise.resolve();
  let release = () => {};

  const talk = (socket, secure) => {
    open.add(socket);
    let buffer = '';
    let to = '';
    let data = null;
    let last = Promise.resolve();
    // Answers leave in the order of the questions, also while mails are held.
    const say = (text) => {
      last = last.then(() => void (socket.writable && socket.write(`${text}\r\n`)));
    };
    if (!secure) say('220 sink ESMTP');
    const command = (line) => {
      const word = line.slice(0, 8).toUpperCase();
      if (/^(EHLO|HELO)/.test(word)) say(`250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-AUTH PLAIN${secure ? '' : '\r\n250-STARTTLS'}\r\n250 SIZE 20000000`);
      else if (word.startsWith('STARTTLS')) {
        socket.removeAllListeners('data');
        last = last.then(() => {
          socket.write('220 go\r\n');
          talk(new TLSSocket(socket, { isServer: true, key, cert: pem }), true);
        });
      } else if (word.startsWith('AUTH')) say('235 in');
      else if (word.startsWith('RCPT')) {
        to = /<([^>]*)>/.exec(line)?.[1] ?? '';
        say('250 ok');
      } else if (word.startsWith('DATA')) {
        data = '';
        say('354 go');
      } else if (word.startsWith('QUIT')) {
        say('221 bye');
        last = last.then(() => void socket.end());
      } else say('250 ok');
    };
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (;;) {
        const end = buffer.indexOf('\r\n');
        if (end < 0) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (data === null) command(line);
        else if (line === '.') {
          const mail = { to, source: data };
          data = null;
          last = last.then(() => held);
          last = last.then(() => void mails.push(mail));
          say('250 taken');
        } else data += `${line.startsWith('..') ? line.slice(1) : line}\r\n`;
      }
    });
    socket.on('error', () => {}); // whoever hangs up is gone
    socket.on('close', () => open.delete(socket));
  };

  const server = createServer((socket) => talk(socket, false));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    root,
    mails,
    hold() {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    async stop() {
      release();
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A header of a mail, unfolded; empty when there is none. */
export function headerOf(mail, name) {
  const head = mail.source.slice(0, mail.source.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const line = head.split('\r\n').find((l) => l.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line ? line.slice(name.length + 1).trim() : '';
}

/** What a mail says as plain text. */
export function textOf(mail) {
  const boundary = /boundary="?([^"\r\n;]+)/i.exec(mail.source)?.[1];
  const parts = boundary ? mail.source.split(`--${boundary}`).slice(1) : [mail.source];
  const part = parts.find((p) => /content-type:\s*text\/plain/i.test(p)) ?? parts[0];
  const at = part.indexOf('\r\n\r\n');
  const [head, body] = [part.slice(0, at), part.slice(at + 4)];
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (/quoted-printable/i.test(head)) {
    const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, h) => String.fromCharCode(parseInt(h, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
  return Buffer.from(body, 'latin1').toString('utf8');
}
