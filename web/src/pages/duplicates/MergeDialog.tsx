import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Duplicate, Merge } from '../../api/types';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { PersonBox } from './PersonBox';

/** Says who of a group is one human. A merge can be split back, so it is undone rather than confirmed. */
export function MergeDialog({ duplicate: d, onClose }: { duplicate: Duplicate; onClose: () => void }) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const inOrder = [...d.persons].sort((a, b) => a.seq - b.seq);
  const [chosen, setChosen] = useState(inOrder.map((p) => p.id));
  const [reason, setReason] = useState('');
  const together = inOrder.filter((p) => chosen.includes(p.id));
  // The pool keeps whom it has known longest: the lowest number.
  const stays = together[0]?.id;

  const refresh = async () => {
    for (const key of ['duplicates', 'persons', 'person']) await queryClient.invalidateQueries({ queryKey: [key] });
  };
  const undo = async (merges: Merge[]) => {
    try {
      // The last one first: an earlier merge may be part of a later one.
      for (const m of [...merges].reverse()) await persons.split(m.id);
      await refresh();
    } catch (error) {
      notify(error);
    }
  };
  const merge = useMutation({
    mutationFn: async () => {
      const done: Merge[] = [];
      for (const other of together.slice(1)) done.push(await persons.merge(together[0]!.id, { other_id: other.id, reason: reason.trim() }));
      return done;
    },
    onSuccess: async (done) => {
      onClose();
      const key = `merge-${stays}`;
      notification.success({
        key,
        title: t('duplicates.merged', { count: done.length + 1 }),
        duration: 10,
        actions: (
          <Button
            size="small"
            onClick={() => {
              notification.destroy(key);
              void undo(done);
            }}
          >
            {t('common.undo')}
          </Button>
        ),
      });
      await refresh();
    },
  });
  return (
    <Modal
      open
      width={640}
      title={t('duplicates.mergeTitle')}
      onCancel={onClose}
      okText={t('duplicates.merge', { count: together.length })}
      okButtonProps={{ disabled: together.length < 2, loading: merge.isPending }}
      onOk={() => merge.mutate()}
    >
      <p>{t('duplicates.mergeText')}</p>
      {merge.isError && <ProblemView error={merge.error} />}
      {inOrder.map((p) => (
        <div key={p.id} className="fp-choice">
          <Checkbox aria-label={p.name || t('customer.nameless')} checked={chosen.includes(p.id)} onChange={(e) => setChosen(e.target.checked ? [...chosen, p.id] : chosen.filter((x) => x !== p.id))}>
            {p.id === stays && t('duplicates.keep')}
          </Checkbox>
          <PersonBox person={p} />
        </div>
      ))}
      <Input value={reason} onChange={(e) => setReason(e.target.value)} placeholder={t('duplicates.reason')} aria-label={t('duplicates.reason')} maxLength={200} />
    </Modal>
  );
}
