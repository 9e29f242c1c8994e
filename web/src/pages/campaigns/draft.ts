// A campaign as the wizard holds it, and the way to what the API takes and back.
import { asProblem, type FieldProblem } from '../../api/problem';
import type { Campaign, Draft as Input } from '../../api/campaigns';
import { momentOf, shownAt } from '../../lib/zone';
import type { Schedule } from './schedule';

/** One way to say it. There is always one; with two or more each person gets one of them. */
export interface Version {
  name: string;
  /** Percent of those who get one; with one version it says nothing. */
  share: number;
  subject: string;
  text: string;
  html: string;
}

/** What is added to each link for web analytics; with all of them empty nothing is. */
export type UTM = NonNullable<Campaign['utm']>;

export type Winner = NonNullable<Campaign['winner']>;

export interface Draft {
  name: string;
  segment_id: string;
  purpose: 'marketing' | 'service';
  /** Percent. */
  holdout: number;
  account_ids: string[];
  versions: Version[];
  winner: Winner | null;
  track_links: boolean;
  /** Whose codes {{ coupon }} gives away; empty: none. */
  coupon_pool_id: string;
  /** In the order of the accounts, or what each person prefers first. */
  route: 'order' | 'preferred';
  /** Begins when the clock shows start_at where each person is. */
  local_time: boolean;
  /** What the org's clocks show, as fields for date and time have it; empty: as soon as it may. */
  start_at: string;
  /** It comes again and again; start_at is then not before. */
  schedule: Schedule | null;
  /** Files that go along with mail, by their ids. */
  attachments: string[];
  utm: UTM;
  /** What goes over SMS: an approved template, and what is put into it. */
  sms: SMS;
  per_minute: number;
  measure_days: number;
}

export interface SMS {
  template_id: string;
  parameters: string[];
}

export const emptyWinner: Winner = { metric: 'clicks', after_hours: 4, share_bp: 2000, otherwise: 'leader' };

/** A, B, C: the first letter that no version has. */
export function nextName(versions: readonly Version[]): string {
  return ['A', 'B', 'C', 'D', 'E'].find((n) => !versions.some((v) => v.name === n)) ?? String(versions.length + 1);
}

/** Even shares in whole percents; the first takes what is over. */
export function evenShares(versions: readonly Version[]): Version[] {
  const each = Math.floor(100 / Math.max(1, versions.length));
  return versions.map((v, i) => ({ ...v, share: i === 0 ? 100 - each * (versions.length - 1) : each }));
}

export function fromCampaign(c: Campaign, timeZone: string): Draft {
  const variants = c.variants ?? [];
  const own: Version = { name: 'A', share: 100, subject: c.subject, text: c.text, html: c.html };
  const versions = variants.map((v) => ({ name: v.name, share: (v.share_bp ?? 0) / 100, subject: v.subject ?? '', text: v.text, html: v.html ?? '' }));
  return {
    name: c.name,
    segment_id: c.segment_id,
    purpose: c.purpose,
    holdout: c.holdout_bp / 100,
    account_ids: c.account_ids ?? [],
    versions: versions.length === 0 ? [own] : versions.every((v) => v.share === 0) ? evenShares(versions) : versions,
    winner: c.winner ?? null,
    track_links: c.track_links ?? true,
    coupon_pool_id: c.coupon_pool_id ?? '',
    route: c.route === 'preferred' ? 'preferred' : 'order',
    local_time: c.local_time ?? false,
    start_at: c.start_at ? shownAt(c.start_at, timeZone) : '',
    schedule: c.schedule ?? null,
    attachments: c.attachments ?? [],
    utm: c.utm ?? { source: '', medium: '', campaign: '' },
    sms: { template_id: c.sms?.template_id ?? '', parameters: c.sms?.parameters ?? [] },
    per_minute: c.per_minute,
    measure_days: c.measure_days,
  };
}

export function toInput(d: Draft, timeZone: string): Input {
  const first = d.versions[0] ?? { name: 'A', share: 100, subject: '', text: '', html: '' };
  const several = d.versions.length > 1;
  return {
    name: d.name,
    segment_id: d.segment_id,
    purpose: d.purpose,
    account_ids: d.account_ids,
    subject: first.subject,
    text: first.text,
    html: first.html,
    ...(several ? { variants: d.versions.map((v) => ({ name: v.name, share_bp: Math.round(v.share * 100), subject: v.subject, text: v.text, html: v.html })) } : {}),
    ...(several && d.winner ? { winner: d.winner } : {}),
    track_links: d.track_links,
    ...(d.coupon_pool_id ? { coupon_pool_id: d.coupon_pool_id } : {}),
    route: d.route,
    ...(d.local_time && d.start_at && !(several && d.winner) ? { local_time: true } : {}),
    ...(d.schedule ? { schedule: d.schedule } : {}),
    ...(d.attachments.length > 0 ? { attachments: d.attachments } : {}),
    ...(d.utm.source || d.utm.medium || d.utm.campaign ? { utm: d.utm } : {}),
    ...(d.sms.template_id || d.sms.parameters.length > 0 ? { sms: d.sms } : {}),
    ...(d.start_at ? { start_at: momentOf(d.start_at, timeZone) } : {}),
    holdout_bp: Math.round(d.holdout * 100),
    measure_days: d.measure_days,
    per_minute: d.per_minute,
  };
}

export const steps = ['who', 'what', 'when', 'check'] as const;
export type Step = (typeof steps)[number];

const inStep: Record<string, Step> = { name: 'who', segment_id: 'who', purpose: 'who', holdout_bp: 'who', start_at: 'when', per_minute: 'when', measure_days: 'when', schedule: 'when', local_time: 'when' };

/** Something that is to be mended: at which field, on which step, and what. */
export interface Trouble {
  /** "name", "account_ids", "versions.0.text" … */
  at: string;
  step: Step;
  text: string;
}

/** Where in the wizard the server's location ("body.variants[1].text") is. */
export function placeOf(location: string): string {
  const path = location.replace(/^body\./, '').replaceAll(/\[(\d+)\]/g, '.$1');
  if (/^(subject|text|html)$/.test(path)) return `versions.0.${path}`;
  return path.replace(/^variants\.(\d)/, 'versions.$1');
}

/** What the server wants mended, field by field; nothing when it is another kind of problem. */
export function troublesOf(error: unknown): Trouble[] {
  return asProblem(error).fields.map((f: FieldProblem) => {
    const at = placeOf(f.location);
    return { at, step: inStep[at.split('.')[0] ?? ''] ?? 'what', text: f.message };
  });
}

/** The name of a field under campaigns.fields, and of which version it is. */
export function fieldOf(at: string): { key: string; version?: number } {
  const [first = '', n, part] = at.split('.');
  if (first === 'sms') return { key: 'sms' };
  if (first === 'versions' && n !== undefined) return { key: part ?? 'versions', version: Number(n) };
  return { key: first };
}
