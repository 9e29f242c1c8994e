// The shapes that the console works with, one name per thing of the vocabulary.

export type Role = 'owner' | 'operator' | 'associate' | 'finance' | 'viewer';
export type Stage = 'new' | 'first_order' | 'repeat' | 'silent' | 'lost';
export type TraitType = 'text' | 'number' | 'date' | 'boolean' | 'list';

export interface Page<T> {
  items: T[];
  next_cursor?: string;
  total?: number;
  total_exact?: boolean;
}

export interface Org {
  id: string;
  name: string;
  time_zone: string;
  currency: string;
  locale: string;
  synthetic: boolean;
}

export interface Me {
  staff: { id: string; name: string; email: string; role: Role; locale: string };
  org: Org;
  permissions: string[];
}

export interface Session {
  id: string;
  created_at: string;
  last_seen_at: string;
  ip: string;
  user_agent: string;
  current: boolean;
}

export interface Staff {
  id: string;
  name: string;
  email: string;
  role: Role;
  status: 'invited' | 'active' | 'disabled';
  last_seen_at?: string;
  created_at: string;
}

export interface Permission {
  key: string;
  module: string;
  roles: Role[];
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  permissions: string[];
  created_at: string;
  last_used_at?: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor_id: string;
  actor_name: string;
  action: string;
  object_type: string;
  object_id: string;
  detail?: unknown;
  ip: string;
  request_id: string;
}

export interface Oidc {
  issuer: string;
  client_id: string;
  enabled: boolean;
  allowed_domains: string[];
}

export interface Tag {
  id: string;
  name: string;
  group: string;
  color: string;
  count?: number;
}

export interface Identity {
  kind: string;
  value: string;
  strength?: 'strong' | 'weak';
  source?: string;
  created_at?: string;
}

export interface PersonRow {
  id: string;
  seq: number;
  name: string;
  stage: Stage;
  region: string;
  owner_staff_id: string;
  orders: number;
  refunds: number;
  gmv_minor: number;
  refunded_minor: number;
  currency: string;
  first_order_at?: string;
  last_order_at?: string;
  created_at: string;
  tags: Tag[];
  identities: Identity[];
}

export interface Consent {
  purpose: string;
  granted: boolean;
  text_version: string;
  source: string;
  at: string;
}

export interface Person extends PersonRow {
  gender: string;
  birthday: string;
  traits: Record<string, unknown>;
  consents: Consent[];
  merged_from: string[];
  updated_at: string;
}

export interface Trait {
  key: string;
  label: string;
  type: TraitType;
  options: string[];
  created_at: string;
}

export interface Note {
  id: string;
  text: string;
  author_id: string;
  author_name: string;
  created_at: string;
  updated_at: string;
}

export interface TimelineEvent {
  id: string;
  kind: string;
  occurred_at: string;
  recorded_at: string;
  source: string;
  data: Record<string, unknown>;
}

export interface Merge {
  id: string;
  winner_id: string;
  loser_id: string;
  reason: string;
  rule: string;
  merged_at: string;
  merged_by: string;
  split_at?: string;
  split_by?: string;
}

export interface Duplicate {
  kind: string;
  value: string;
  persons: PersonRow[];
}

export interface PersonLifecycle {
  stage: Stage;
  since: string;
  rfm?: { recency: number; frequency: number; monetary: number } | null;
  next_change_at?: string;
  next_stage?: Stage;
  history: { stage: Stage; at: string; until?: string }[];
}

export interface LifecycleSettings {
  silent_days: number;
  lost_days: number;
  source: 'data' | 'manual' | 'default';
  gaps: { count: number; p50: number; p80: number; p90: number; p95: number };
  suggested: { silent_days: number; lost_days: number };
}

export interface StageFlow {
  months: {
    month: string;
    counts: Partial<Record<Stage, number>>;
    moves: { from: string; to: Stage; persons: number }[];
  }[];
}

export interface OverviewNumbers {
  persons: number;
  new_persons: number;
  buyers: number;
  orders: number;
  gmv_minor: number;
  refunds: number;
  refunded_minor: number;
  average_order_minor: number;
  repurchase_rate: number;
}

export interface Overview extends OverviewNumbers {
  period: { from: string; to: string; time_zone: string; start_at: string; end_at: string };
  currency: string;
  previous?: OverviewNumbers | null;
  months: {
    month: string;
    orders: number;
    gmv_minor: number;
    refunded_minor: number;
    new_persons: number;
    buyers: number;
  }[];
  top_regions: { region: string; persons: number; orders: number; gmv_minor: number }[];
  top_products: { sku: string; name: string; quantity: string | number; amount_minor: number }[];
  first_month: string;
  last_month: string;
}

export interface Cohorts {
  months: {
    month: string;
    size: number;
    cells: { offset: number; persons: number; share: number; gmv_minor: number }[];
  }[];
}

export type ImportKind = 'orders' | 'persons';
export type Mapping = Record<string, string>;

export interface Upload {
  upload_id: string;
  file_name: string;
  bytes: number;
  format: string;
  encoding: string;
  delimiter: string;
  columns: string[];
  preview: string[][];
  guess: { mapping: Mapping; preset: string; time_layout: string; kind: ImportKind };
}

export interface ImportResult {
  rows: number;
  rows_without_customer: number;
  rows_rejected: number;
  persons: number;
  orders: number;
  refunds: number;
  gmv_minor: number;
  refunded_minor: number;
  seconds: number;
}

export interface Import {
  id: string;
  kind: ImportKind;
  file_name: string;
  status: 'queued' | 'reading' | 'storing' | 'done' | 'failed' | 'cancelled';
  currency?: string;
  rows_read: number;
  bytes_read: number;
  bytes_total: number;
  orders_done: number;
  orders_total: number;
  result?: ImportResult | null;
  error?: string;
  created_at: string;
  started_at?: string;
  finished_at?: string;
}

export interface SystemHealth {
  version: string;
  engine: string;
  subscribers: { name: string; lag: number; parked: number; updated_at: string }[];
  jobs: { available: number; running: number; retryable: number; discarded: number };
}

export interface DeadJob {
  id: number | string;
  kind: string;
  state: string;
  attempt: number;
  error: string;
  created_at: string;
  finalized_at?: string;
}

export interface ParkedEvent {
  id: string;
  subscriber: string;
  event_id: string;
  kind: string;
  person_id: string;
  error: string;
  attempts: number;
  parked_at: string;
  data: unknown;
}
