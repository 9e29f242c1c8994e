import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';

/** Ends a link, batch or form, and brings it back; both at once and both can be undone. */
export function useEnding(kind: 'links' | 'cards' | 'forms' | 'rewards', update: (id: string, body: { status: 'active' | 'ended' }) => Promise<unknown>) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const set = async (id: string, status: 'active' | 'ended') => {
    await update(id, { status });
    await queryClient.invalidateQueries({ queryKey: [kind] });
  };
  return (thing: { id: string; name: string; status: 'active' | 'ended' }) => {
    const next = thing.status === 'active' ? 'ended' : 'active';
    set(thing.id, next).then(() => undo(`${kind}-${thing.id}`, t(next === 'ended' ? 'catch.ended' : 'catch.resumed', { name: thing.name }), () => set(thing.id, thing.status)), notify);
  };
}
