import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { campaigns, type Campaign } from '../../api/campaigns';
import { asProblem } from '../../api/problem';
import { useAutosave, type Saving } from '../../ui/useAutosave';
import { fromCampaign, toInput, troublesOf, type Draft } from './draft';

/** How long after the last key a draft is stored, in milliseconds. */
const pause = 1200;

/** A draft that stores itself. Whoever goes on waits for flush, which tells whether all is stored. */
export function useDraft(campaign: Campaign, timeZone: string, write: boolean) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => fromCampaign(campaign, timeZone));
  const version = useRef(campaign.version);
  const { saving, error, dirty, flush } = useAutosave(draft, write, pause, async (mine) => {
    const saved = await campaigns.update(campaign.id, { ...toInput(mine, timeZone), version: version.current });
    version.current = saved.version;
    queries.setQueryData(['campaign', campaign.id], saved);
  });
  const problem = error === undefined ? undefined : asProblem(error);
  const troubles = problem?.status === 422 || problem?.status === 400 ? troublesOf(error) : [];
  const set = useCallback((patch: Partial<Draft>) => setDraft((was) => ({ ...was, ...patch })), []);
  // Refused without a word at a field: then it is said as a whole.
  const shown: Saving = saving === 'refused' && troubles.length === 0 ? 'failed' : saving;
  return { draft, set, saving: shown, troubles, problem: troubles.length === 0 ? problem : undefined, dirty, flush };
}
