import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Input, Modal, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Duplicate, Merge } from '../../api/types';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { PersonBox } from './PersonBox';

/** Chooses who stays and who joins. A merge can be split back, so it is undone rather than confirmed. */
export function MergeDialog({ duplicate: d, onClose }: { duplicate: Duplicate; onClose: () => void }) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const most = d.persons.reduce((a, b) => (b.orders > a.orders ? b : a), d.persons[0]!);
  const [winner, setWinner] = useState(most.id);
  const [joining, setJoining] = useState(d.persons.filter((p) => p.id !== most.id).map((p) => p.id));
  const [reason, setReason] = useState('');
  const losers = joining.filter((x) => x !== winner);

  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: ['duplicates'] });
    await queryClient.invalidateQueries({ queryKey: ['persons'] });
    await queryClient.invalidateQueries({ queryKey: ['person'] });
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
      for (const other of losers) done.push(await persons.merge(winner, { other_id: other, reason: reason.trim() }));
      return done;
    },
    onSuccess: async (done) => {
      onClose();
      const key = `merge-${winner}`;
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
      width={680}
      title={t('duplicates.mergeTitle')}
      onCancel={onClose}
      okText={t('duplicates.merge', { count: losers.length + 1 })}
      okButtonProps={{ disabled: losers.length === 0, loading: merge.isPending }}
      onOk={() => merge.mutate()}
    >
      <p>{t('duplicates.mergeText')}</p>
      {merge.isError && <ProblemView error={merge.error} />}
      <Radio.Group value={winner} onChange={(e) => setWinner(e.target.value)} style={{ width: '100%' }}>
        {d.persons.map((p) => (
          <div key={p.id} className="fp-choice">
            <div className="fp-choice-set">
              <Radio value={p.id}>{t('duplicates.keep')}</Radio>
              {p.id !== winner && (
                <Checkbox
                  checked={joining.includes(p.id)}
                  onChange={(e) => setJoining(e.target.checked ? [...joining, p.id] : joining.filter((x) => x !== p.id))}
                >
                  {t('duplicates.join')}
                </Checkbox>
              )}
            </div>
            <PersonBox person={p} />
          </div>
        ))}
      </Radio.Group>
      <Input value={reason} onChange={(e) => setReason(e.target.value)} placeholder={t('duplicates.reason')} aria-label={t('duplicates.reason')} maxLength={300} />
    </Modal>
  );
}
