/** Which permission opens which section. A section that is not named is open to all. */
export const sections = {
  home: 'insight.read',
  today: 'followup.read',
  inbox: 'inbox.read',
  customers: 'pool.read',
  segments: 'segment.read',
  duplicates: 'pool.merge',
  tags: 'pool.settings',
  imports: 'import.run',
  channels: 'acquisition.read',
  codes: 'acquisition.read',
  links: 'acquisition.read',
  arrivals: 'acquisition.read',
  attribution: 'acquisition.report',
  accounts: 'carrier.read',
  campaigns: 'campaign.read',
  broadcasts: 'campaign.read',
  journeys: 'journey.read',
  sops: 'sop.read',
  content: 'content.read',
  surveys: 'survey.read',
  care: 'care.zombies',
  measure: 'insight.read',
  value: 'insight.read',
  economics: 'insight.read',
  scorecard: 'insight.read',
  drill: 'insight.read',
  reports: 'insight.read',
  diagnosis: 'insight.read',
  gate: 'reach.read',
  staff: 'org.staff',
  audit: 'org.audit',
  settings: undefined,
  system: 'system.read',
} as const;

export type Section = keyof typeof sections;

/** Whether somebody with these permissions may do that. */
export function may(granted: readonly string[], permission: string | undefined): boolean {
  return permission === undefined || granted.includes(permission);
}

export function visibleSections(granted: readonly string[]): Section[] {
  return (Object.keys(sections) as Section[]).filter((s) => may(granted, sections[s]));
}

/** Where somebody lands after signing in: the first section that is open to them. */
export function landing(granted: readonly string[]): Section {
  return visibleSections(granted)[0] ?? 'settings';
}
