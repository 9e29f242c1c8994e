// Calls of the pages about journeys: drawing, trying, publishing, who is where, what it brought.
import { client, ok } from './http';
import type { components } from './schema.gen';

export type StepKind = 'message' | 'tag' | 'trait' | 'note' | 'task' | 'webhook' | 'enter' | 'wait' | 'wait_until' | 'wait_date' | 'wait_event' | 'branch' | 'property' | 'split' | 'reachable' | 'goal' | 'exit';

export interface Way {
  name?: string;
  next?: string;
  when?: string;
  share_bp?: number;
}

export interface StepMessage {
  account_ids?: string[];
  subject?: string;
  text: string;
  html?: string;
  materials?: { id: string; version?: number }[];
  coupon_pool_id?: string;
  patience_hours?: number;
  no_wait?: boolean;
}

export interface StepWebhook {
  url: string;
  secret?: string;
  has_secret?: boolean;
  sealed?: string;
  fields?: string[];
}

export interface Step {
  id: string;
  kind: StepKind;
  name?: string;
  next?: string;
  ways?: Way[];
  seconds?: number;
  at?: string;
  days?: number[];
  trait?: string;
  offset?: number;
  yearly?: boolean;
  event?: string;
  where?: string;
  use?: string;
  text?: string;
  off?: boolean;
  message?: StepMessage;
  webhook?: StepWebhook;
  on_error?: 'go_on' | 'stop';
}

export interface Entry {
  kind: 'segment' | 'event' | 'date' | 'manual';
  segment_id?: string;
  event?: string;
  where?: string;
  trait?: string;
  offset?: number;
  at?: string;
  yearly?: boolean;
}

export interface Frequency {
  kind: 'once' | 'again' | 'key';
  days?: number;
  key?: string;
}

export interface JourneyGoal {
  event: string;
  where?: string;
  days?: number;
  leave?: boolean;
}

export interface JourneyExit {
  event?: string;
  where?: string;
  segment_id?: string;
  on?: 'entered' | 'left';
}

export interface Spec {
  entry: Entry;
  frequency: Frequency;
  purpose: 'marketing' | 'service' | 'transactional';
  account_ids?: string[];
  holdout_bp?: number;
  goal?: JourneyGoal | null;
  exits?: JourneyExit[];
  graph: { steps: Step[] };
  layout?: Record<string, [number, number]>;
}

export type JourneyStatus = 'draft' | 'live' | 'paused' | 'ended';

export interface JourneyTotals {
  entered: number;
  active: number;
  done: number;
  exited: number;
  cancelled: number;
  failed: number;
  holdout: number;
  converted: number;
}

export interface Journey {
  id: string;
  name: string;
  status: JourneyStatus;
  version: number;
  revision: number;
  /** What is drawn is not what is published. */
  changed: boolean;
  entry_text: string;
  counts: JourneyTotals;
  updated_at: string;
  published_at?: string | null;
  problems: number;
}

export interface StepProblem {
  step: string;
  text: string;
}

export interface JourneyFull extends Journey {
  draft: Spec;
  published?: Spec | null;
  problems_of?: StepProblem[];
  /** People who wait because a condition cannot be read any more. */
  broken?: number;
  /** What cannot be read any more in what is published. */
  broken_of?: StepProblem[];
}

export interface Inside {
  version: number;
  step: string;
  name: string;
  people: number;
  to: string;
  how: 'stays' | 'arrives' | 'passes' | 'leaves' | 'missing';
}

export interface StepCounts {
  step: string;
  here: number;
  entered: number;
  went_on: number;
  stopped: number;
  failed: number;
  converted: number;
  seconds_p50: number;
  seconds_p90: number;
  outcomes?: Record<string, number> | null;
}

export interface Counts {
  steps: StepCounts[];
  edges: { step: string; way: number; people: number }[];
  waiting_to_begin: number;
  at: string;
}

export type RunStatus = 'active' | 'done' | 'exited' | 'cancelled' | 'failed' | 'holdout';

export interface Visit {
  visit: number;
  step: string;
  name: string;
  kind: StepKind;
  version: number;
  arrived_at: string;
  left_at?: string | null;
  way: number;
  outcome: string;
  why: string;
}

export interface Run {
  id: string;
  person_id: string;
  person_name: string;
  status: RunStatus;
  why: string;
  step: string;
  step_name?: string;
  step_kind?: StepKind | '';
  /** For what they wait there. */
  wait?: string;
  version: number;
  source?: string;
  entered_at: string;
  since?: string | null;
  ended_at?: string | null;
  converted_at?: string | null;
  due_at?: string | null;
  entry_key: string;
  path?: Visit[];
  journey_id?: string;
  journey_name?: string;
}

export interface DryEvent {
  kind: string;
  at: string;
  data?: Record<string, unknown>;
}

export interface DryStep {
  at: string;
  step: string;
  kind: StepKind;
  name: string;
  way: number;
  outcome?: string;
  why: string;
  verdict?: string;
  message?: { subject: string; text: string; carrier: string } | null;
}

export interface DryRun {
  steps: DryStep[];
  ended: { at: string; status: string; why: string };
  truncated: boolean;
}

export interface ReadyJourney {
  key: string;
  name: string;
  text: string;
  for: { frequency: 'high' | 'low' | ''; ticket: 'high' | 'low' | '' } | null;
  steps: number;
}

interface Named {
  id: string;
  name: string;
}

export interface EventOption {
  kind: string;
  label: string;
  properties: { path: string; label: string; type: string }[];
}

export interface Options {
  events: EventOption[];
  accounts: { id: string; name: string; carrier: string; active?: boolean; subject?: boolean }[];
  carriers: { kind: string; label: string }[];
  traits: { key: string; label: string; type: string }[];
  tags: Named[];
  segments: Named[];
  staff: Named[];
  coupon_pools: Named[];
  /** That can be entered from a step. */
  journeys?: Named[];
  variables?: { name: string; text: string }[];
}

export interface Rate {
  way: number;
  name: string;
  people: number;
  converted: number;
  rate: number;
  low: number;
  high: number;
}

export interface Report {
  arms: { arm: 'treated' | 'holdout'; people: number; converted: number; orders: number; gmv_minor: number }[];
  uplift: (import('./campaigns').Outcome & { say?: string })[] | null;
  /** The same in a sentence. */
  say?: string;
  early?: boolean;
  mixed?: number;
  branches: { step: string; name: string; kind?: StepKind; ways: Rate[] | null }[] | null;
  stops: { step: string; name: string; status?: RunStatus; people: number; why: string }[] | null;
  steps: StepCounts[] | null;
  days: { day: string; entered: number; converted: number }[] | null;
  currency: string;
}

export type JourneyVersion = components['schemas']['JourneyVersion'];

interface List<T> {
  items: T[] | null;
  next_cursor?: string;
  total?: number;
  total_exact?: boolean;
}

type Query = Record<string, string | number | undefined>;

// Until the description of the API has them, these addresses are known here only.
const raw = client as unknown as Record<'GET' | 'POST' | 'PUT' | 'DELETE', (path: string, init?: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>>;
const get = <T>(path: string, query: Query = {}) => ok(raw.GET(`/api/v1${path}`, { params: { query } })) as Promise<T>;
const post = <T>(path: string, body?: object) => ok(raw.POST(`/api/v1${path}`, body ? { body } : {})) as Promise<T>;
const put = <T>(path: string, body: object) => ok(raw.PUT(`/api/v1${path}`, { body })) as Promise<T>;
const at = (id: string, rest = '') => `/journeys/${encodeURIComponent(id)}${rest}`;
const run = (id: string, of: string, rest = '') => at(id, `/runs/${encodeURIComponent(of)}${rest}`);

export const journeys = {
  list: (query: { q?: string; status?: JourneyStatus; limit?: number; cursor?: string }) => get<List<Journey>>('/journeys', query),
  read: (id: string) => get<JourneyFull>(at(id)),
  create: (body: { name: string; ready?: string }) => post<JourneyFull>('/journeys', body),
  save: (id: string, body: { name: string; spec: Spec; revision: number }) => put<JourneyFull>(at(id, '/draft'), body),
  check: (spec: Spec) => post<List<StepProblem>>('/journeys/check', { spec }),
  duplicate: (id: string) => post<JourneyFull>(at(id, '/duplicate')),
  remove: (id: string) => ok(raw.DELETE(`/api/v1${at(id)}`)),
  restore: (id: string) => post<JourneyFull>(at(id, '/restore')),
  previewPublish: (id: string, mapping: Record<string, string>) => post<{ inside: Inside[] | null; entering: number }>(at(id, '/publish/preview'), { mapping }),
  publish: (id: string, body: { revision: number; move: boolean; mapping: Record<string, string>; take_members: boolean }) => post<JourneyFull>(at(id, '/publish'), body),
  pause: (id: string) => post<JourneyFull>(at(id, '/pause')),
  resume: (id: string) => post<JourneyFull>(at(id, '/resume')),
  end: (id: string) => post<JourneyFull>(at(id, '/end')),
  counts: (id: string, version?: number) => get<Counts>(at(id, '/counts'), { version }),
  runs: (id: string, query: { step?: string; status?: string; q?: string; version?: number; limit?: number; cursor?: string }) => get<List<Run>>(at(id, '/runs'), query),
  run: (id: string, of: string) => get<Run>(run(id, of)),
  exit: (id: string, of: string) => post<void>(run(id, of, '/exit')),
  retry: (id: string, of: string) => post<void>(run(id, of, '/retry')),
  ofPerson: (person: string) => get<List<Run>>(`/persons/${encodeURIComponent(person)}/journeys`),
  enter: (id: string, body: { person_ids: string[]; key?: string }) => post<{ entered: number; refused: { person_id: string; why: string }[] | null }>(at(id, '/enter'), body),
  enterSegment: (id: string, segment_id: string) => post<unknown>(at(id, '/enter-segment'), { segment_id }),
  dryRun: (id: string, body: { spec?: Spec; person_id: string; at: string; events: DryEvent[]; choices: Record<string, number> }) => post<DryRun>(at(id, '/dry-run'), body),
  report: (id: string, query: { from?: string; to?: string; version?: number } = {}) => get<Report>(at(id, '/report'), query),
  versions: (id: string) => get<List<JourneyVersion>>(at(id, '/versions')),
  version: (id: string, n: number) => get<{ spec: Spec }>(at(id, `/versions/${n}`)).then((v) => v.spec),
  ready: () => get<List<ReadyJourney>>('/journeys/ready'),
  options: () => get<Options>('/journeys/options'),
};
