import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCalled } from './called';
import type { Conversation, Patch } from '../../api/inbox';
import { useMe } from '../../app/me';
import { useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { useInboxStore } from './state/useInbox';

/** What was, to go back to it. */
function backTo(c: Conversation, patch: Patch): Patch {
  const until = c.status === 'snoozed' && c.snoozed_until && Date.parse(c.snoozed_until) > Date.now() ? c.snoozed_until : undefined;
  return {
    ...(patch.status !== undefined ? { status: c.status === 'snoozed' && !until ? 'open' : c.status, ...(until ? { snoozed_until: until } : {}) } : {}),
    ...(patch.priority !== undefined ? { priority: c.priority } : {}),
    ...(patch.assignee_staff_id !== undefined ? { assignee_staff_id: c.assignee_staff_id } : {}),
    ...(patch.team_id !== undefined ? { team_id: c.team_id, assignee_staff_id: c.assignee_staff_id } : {}),
  };
}

/** What can be done with a conversation. Everything can be taken back. */
export function useActions() {
  const { t } = useTranslation();
  const store = useInboxStore();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const me = useMe().staff.id;
  const called = useCalled();

  const change = useCallback(
    async (id: string, patch: Patch, said?: string): Promise<boolean> => {
      const was = store.get().conversations.get(id);
      try {
        await store.change(id, patch);
      } catch (error) {
        notify(error);
        return false;
      }
      if (was && said) undo(`inbox ${id}`, said, () => store.change(id, backTo(was, patch)));
      return true;
    },
    [store, notify, undo],
  );

  return useMemo(() => {
    const name = (id: string) => {
      const c = store.get().conversations.get(id);
      return c ? called(c) : '';
    };
    return {
      change,
      resolve: (id: string) => change(id, { status: 'resolved' }, t('inbox.did.resolved', { name: name(id) })),
      reopen: (id: string) => change(id, { status: 'open' }),
      pending: (id: string) => change(id, { status: 'pending' }, t('inbox.did.pending', { name: name(id) })),
      snooze: (id: string, until: string) => change(id, { status: 'snoozed', snoozed_until: until }, t('inbox.did.snoozed', { name: name(id) })),
      mine: (id: string) => change(id, { assignee_staff_id: me }, t('inbox.did.mine', { name: name(id) })),
      giveBack: (id: string) => change(id, { assignee_staff_id: '' }, t('inbox.did.givenBack', { name: name(id) })),
      priority: (id: string, priority: number) => change(id, { priority }),
    };
    // Called is made of t.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [change, me, store, t]);
}

export type Actions = ReturnType<typeof useActions>;
