// Starts the real binary on a free port with a folder of its own, and ends it again.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a server may take until it says that it is ready, in milliseconds. */
const patience = 90_000;

async function start(args, env = {}) {
  const bin = process.env.FISHPOND_BIN;
  if (!bin) throw new Error('FISHPOND_BIN must name the fishpond binary, built with the console in it (make build)');
  const data = await mkdtemp(join(tmpdir(), 'fishpond-e2e-'));
  const child = spawn(bin, [...args, ...(args[0] === 'simulator' ? [] : ['--data', data]), '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-20_000);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));

  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
    await rm(data, { recursive: true, force: true });
  };

  try {
    const ready = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready after ${patience / 1000} s`)), patience);
      createInterface({ input: child.stdout }).on('line', (line) => {
        try {
          const said = JSON.parse(line);
          if (said.ready) {
            clearTimeout(timer);
            resolve(said);
          }
        } catch {
          // Lines for people may stand beside the one for programs.
        }
      });
      child.once('error', reject);
      void exited.then((code) => reject(new Error(`the server ended with ${code} before it was ready`)));
    });
    return { ...ready, stop, log: () => log };
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${log}`);
  }
}

/** A synthetic brand with a way in: {url, email, password, stop}. It has no mail account and no campaigns. */
export const startDemo = (persons = 500, ...more) => start(['demo', '--no-campaigns', '--persons', String(persons), ...more]);

/** The same, and its accounts of e-mail send to a sink that lib/mailsink.mjs started. */
export const startDemoWithMail = (persons, sink, ...more) => start(['demo', '--no-campaigns', '--persons', String(persons), '--platforms', `smtp://${sink.address}`, ...more], { SSL_CERT_FILE: sink.root });

/** An installation that nobody has set up yet: {url, setup_url, stop}. */
export const startEmpty = () => start(['serve']);

/** The platforms in miniature, with nobody on them yet: {url, stop}. A server may call it when started with --platforms. */
export const startSimulator = () => start(['simulator']);

/** Plays the platform of a simulator: what its own pages do, by program. */
export async function play(sea, path, body, method = body ? 'POST' : 'GET') {
  const answer = await fetch(`${sea.url}/control${path}`, { method, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}
