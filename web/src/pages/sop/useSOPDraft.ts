import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { sops, type SOP, type SOPInput } from '../../api/sops';
import { asProblem } from '../../api/problem';
import { useSettled } from '../../ui/useSettled';
import { inputOf, problemsBy } from './spec';

/** A series while it is being written: what differs from what is stored, and what the server says of it. */
export function useSOPDraft(sop: SOP, write: boolean) {
  const queryClient = useQueryClient();
  const stored = useMemo(() => inputOf(sop), [sop]);
  const [draft, setDraft] = useState<SOPInput>(stored);
  const [revision, setRevision] = useState(sop.revision);
  const text = JSON.stringify(draft);
  const dirty = text !== JSON.stringify(stored);
  const settled = useSettled(text, 400);
  const checked = useQuery({
    queryKey: ['sop-check', settled],
    queryFn: () => sops.check(JSON.parse(settled) as SOPInput),
    enabled: write && sop.status !== 'stopped',
    placeholderData: (before) => before,
    staleTime: Infinity,
    retry: false,
  });
  const save = useMutation({
    mutationFn: (input: SOPInput) => sops.update(sop.id, { ...input, revision }),
    onSuccess: (next) => {
      queryClient.setQueryData(['sop', sop.id], next);
      setDraft(inputOf(next));
      setRevision(next.revision);
      return queryClient.invalidateQueries({ queryKey: ['sops'] });
    },
  });
  // What a request is refused for as such is said in the same places.
  const refused = checked.error ? asProblem(checked.error).fields : [];
  const found = [...(checked.data?.problems ?? []), ...refused.map((f) => ({ location: f.location, message: f.message }))];
  const problems = problemsBy(found, draft.spec.steps);
  return { draft, set: setDraft, dirty, save, revision, problems, notes: checked.data?.notes ?? [], checking: checked.isFetching || settled !== text };
}
