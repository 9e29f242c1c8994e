// Calls of exports and of reports that go out by mail.
import { address, client, ok, type ExportFormat } from './http';
import type { components } from './schema.gen';

type Schemas = components['schemas'];
export type ReportInput = Schemas['ReportInput'];
export type ReportSchedule = Schemas['ReportSchedule'];
export type ReportRun = Schemas['ReportRun'];
export type ReportChoices = Schemas['ReportChoices'];
export type ReportPreview = Schemas['ReportPreview'];

const one = (id: string) => ({ params: { path: { id } } });

export const reports = {
  /** Where the tables of a page are downloaded: its name on the server, and the query that the page itself asks by. */
  exportAddress: (page: string, format: ExportFormat, query: Record<string, string | number | undefined> = {}) =>
    address('/api/v1/insight/reports/{page}', { ...query, format }).replace('{page}', encodeURIComponent(page)),
  choices: () => ok(client.GET('/api/v1/insight/report-choices')),
  list: () => ok(client.GET('/api/v1/insight/report-schedules')),
  create: (body: ReportInput) => ok(client.POST('/api/v1/insight/report-schedules', { body })),
  change: (id: string, body: ReportInput & { version: number }) => ok(client.PUT('/api/v1/insight/report-schedules/{id}', { ...one(id), body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/insight/report-schedules/{id}', one(id))),
  restore: (id: string, status: 'active' | 'paused') => ok(client.POST('/api/v1/insight/report-schedules/{id}/restore', { ...one(id), body: { status } })),
  setStatus: (id: string, status: 'active' | 'paused') => ok(client.POST('/api/v1/insight/report-schedules/{id}/status', { ...one(id), body: { status } })),
  send: (id: string, key: string) => ok(client.POST('/api/v1/insight/report-schedules/{id}/send', { ...one(id), body: { key } })),
  runs: (id: string) => ok(client.GET('/api/v1/insight/report-schedules/{id}/runs', one(id))),
  preview: (body: ReportInput) => ok(client.POST('/api/v1/insight/report-schedules/preview', { body })),
};
