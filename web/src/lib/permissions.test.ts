import { describe, expect, it } from 'vitest';
import { landing, may, visibleSections } from './permissions';

const viewer = ['pool.read', 'insight.read', 'lifecycle.read'];
const associate = ['pool.read', 'pool.write', 'pool.reveal', 'lifecycle.read'];

describe('permissions', () => {
  it('open what was granted and nothing beside it', () => {
    expect(may(viewer, 'pool.read')).toBe(true);
    expect(may(viewer, 'pool.write')).toBe(false);
    expect(may(viewer, 'pool.rea')).toBe(false);
    expect(may([], undefined)).toBe(true);
  });
  it('decide which sections the menu shows', () => {
    expect(visibleSections(viewer)).toEqual(['home', 'customers', 'measure', 'value', 'economics', 'scorecard', 'drill', 'reports', 'diagnosis', 'settings']);
    expect(visibleSections(associate)).toEqual(['customers', 'settings']);
    expect(visibleSections([])).toEqual(['settings']);
    expect(visibleSections(['org.audit', 'insight.read', 'pool.read'])).toContain('audit');
  });
  it('decide where somebody lands', () => {
    expect(landing(viewer)).toBe('home');
    expect(landing(associate)).toBe('customers');
    expect(landing([])).toBe('settings');
  });
});
