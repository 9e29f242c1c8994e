// Calls of the page with the scorecard and the playbook.
import { client, ok } from './http';
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Scorecard = Schemas['Scorecard'];
export type Scored = Schemas['ScorecardElement'];
export type Playbook = Schemas['Playbook'];
export type Placed = Schemas['PlaybookPlace'];
export type Boundaries = Schemas['PlaybookBoundaries'];

export const scorecard = {
  card: (to?: string) => ok(client.GET('/api/v1/insight/scorecard', { params: { query: to ? { to } : {} } })),
  refreshCard: () => ok(client.POST('/api/v1/insight/scorecard/refresh')),
  playbook: () => ok(client.GET('/api/v1/insight/playbook')),
  refreshPlaybook: () => ok(client.POST('/api/v1/insight/playbook/refresh')),
  setBoundaries: (body: Boundaries) => ok(client.PUT('/api/v1/insight/playbook/boundaries', { body })),
  usualBoundaries: () => ok(client.DELETE('/api/v1/insight/playbook/boundaries')),
};
