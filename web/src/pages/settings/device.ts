/** "Chrome · Windows" out of a user agent; empty when it says nothing known. */
export function deviceOf(agent: string): string {
  const browser =
    /MicroMessenger/.test(agent) ? 'WeChat'
    : /wxwork/i.test(agent) ? 'WeCom'
    : /Edg\//.test(agent) ? 'Edge'
    : /Firefox\//.test(agent) ? 'Firefox'
    : /Chrome\//.test(agent) ? 'Chrome'
    : /Safari\//.test(agent) ? 'Safari'
    : /curl\//.test(agent) ? 'curl'
    : '';
  const system =
    /iPhone|iPad/.test(agent) ? 'iOS'
    : /Android/.test(agent) ? 'Android'
    : /Windows/.test(agent) ? 'Windows'
    : /Mac OS X/.test(agent) ? 'macOS'
    : /Linux/.test(agent) ? 'Linux'
    : '';
  return [browser, system].filter(Boolean).join(' · ');
}
