// The platform's script for pages beside a chat of WeCom. It is fetched only inside
// of WeCom, where the page was opened by the platform itself.
import { sidebar } from '../../api/inbox';

const script = 'https://res.wx.qq.com/wwopen/js/jsapi/jweixin-1.0.0.js';
const apis = ['getCurExternalContact', 'getContext', 'sendChatMessage', 'openEnterpriseChat'];
/** How long the platform may take to answer, in milliseconds. */
const patience = 10_000;

interface Platform {
  config: (o: object) => void;
  ready: (then: () => void) => void;
  error: (then: (e: { errMsg?: string }) => void) => void;
  agentConfig: (o: object) => void;
  invoke: (api: string, o: object, then: (r: { err_msg: string; userId?: string }) => void) => void;
}

declare global {
  interface Window {
    wx?: Platform;
  }
}

export const insideWecom = (agent = navigator.userAgent) => /wxwork/i.test(agent);

function within<T>(run: (resolve: (v: T) => void, reject: (e: Error) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timeout')), patience);
    const done = <A>(then: (a: A) => void) => (a: A) => {
      clearTimeout(timer);
      then(a);
    };
    run(done(resolve), done(reject));
  });
}

const load = () =>
  within<void>((resolve, reject) => {
    if (window.wx) return resolve();
    const element = document.createElement('script');
    element.src = script;
    element.onload = () => resolve();
    element.onerror = () => reject(new Error(script));
    document.head.append(element);
  });

export interface Chat {
  /** The customer whose chat is open, as the platform calls them. */
  externalId: string;
  /** Puts words into the chat; staff look them over and send. */
  insert: (text: string) => Promise<void>;
}

type Invoke = (api: string, o: object) => Promise<{ err_msg: string; userId?: string }>;

/** Tells the platform who we are; what it answers to is then asked by name. */
async function connect(account: string): Promise<Invoke> {
  const [c] = await Promise.all([sidebar.sign(account, location.href.split('#')[0]!), load()]);
  const wx = window.wx;
  if (!wx) throw new Error(script);
  await within<void>((resolve, reject) => {
    wx.ready(() => resolve());
    wx.error((e) => reject(new Error(e.errMsg ?? 'config')));
    wx.config({ beta: true, debug: false, appId: c.corp_id, timestamp: c.timestamp, nonceStr: c.nonce, signature: c.signature, jsApiList: apis });
  });
  await within<void>((resolve, reject) =>
    wx.agentConfig({
      corpid: c.corp_id,
      agentid: c.agent_id,
      timestamp: c.timestamp,
      nonceStr: c.nonce,
      signature: c.agent_signature,
      jsApiList: apis,
      success: () => resolve(),
      fail: (e: { errMsg?: string }) => reject(new Error(e.errMsg ?? 'agentConfig')),
    }),
  );
  return (api, o) =>
    within<{ err_msg: string; userId?: string }>((resolve, reject) => wx.invoke(api, o, (r) => (r.err_msg === `${api}:ok` ? resolve(r) : reject(new Error(r.err_msg)))));
}

/** Opens the chat with a customer in the platform's own window: only inside of it, and only for a member who has them as a contact. */
export async function goToChat(account: string, externalId: string): Promise<void> {
  const invoke = await connect(account);
  await invoke('openEnterpriseChat', { externalUserIds: externalId, groupName: '', chatId: '' });
}

/** Asks the platform whose chat is open. */
export async function openChat(account: string): Promise<Chat> {
  const invoke = await connect(account);
  const { userId = '' } = await invoke('getCurExternalContact', {});
  return {
    externalId: userId,
    insert: async (text) => {
      await invoke('sendChatMessage', { msgtype: 'text', enterChat: true, text: { content: text } });
    },
  };
}
