import { DeleteOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reach, type Blocked } from '../../api/reach';
import { useMay } from '../../app/me';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Field } from '../../ui/Field';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { PersonPicker, type PickedPerson } from '../../ui/PersonPicker';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { useUndo } from '../../ui/useUndo';
import { TimeText } from '../../ui/values';

/** To whom nothing goes, whatever it is. */
export function BlockedTab() {
  const { t } = useTranslation();
  const may = useMay();
  const { nameOf } = useStaff();
  const undo = useUndo();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const [looked, setLooked] = useState<PickedPerson>();
  const [adding, setAdding] = useState(false);
  const pages = usePages(looked?.value);
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['reach', 'blocked', looked?.value, cursor], queryFn: () => reach.blocked({ person_id: looked?.value, limit: 20, cursor }), placeholderData: (before) => before });
  const refresh = () => queries.invalidateQueries({ queryKey: ['reach', 'blocked'] });
  const remove = useMutation({
    mutationFn: (b: Blocked) => reach.unblock(b.person_id),
    onError: notify,
    onSuccess: async (_, b) => {
      await refresh();
      undo(`blocked-${b.person_id}`, t('gate.blocked.removed', { name: b.name || t('customer.nameless') }), () => reach.block(b.person_id, b.reason).then(refresh));
    },
  });
  const send = may('reach.send');
  const items = list.data?.items ?? [];
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  const add = send && (
    <Button type="primary" onClick={() => setAdding(true)}>
      {t('gate.blocked.add')}
    </Button>
  );
  return (
    <>
      <p className="fp-muted">{t('gate.blocked.note')}</p>
      <div className="fp-toolbar">
        <PersonPicker value={looked} onChange={setLooked} label={t('gate.blocked.find')} placeholder={t('gate.blocked.find')} />
        <span className="fp-end">
          {!(empty && !looked) && add}
          {items.length > 0 && <ExportMenu address={reach.blockedAddress} />}
        </span>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          {list.isPending ? (
            <Loading rows={6} />
          ) : empty ? (
            looked ? (
              <EmptyState title={t('gate.blocked.notTitle')} text={t('gate.blocked.notText')} />
            ) : (
              <EmptyState title={t('gate.blocked.emptyTitle')} text={t('gate.blocked.emptyText')} action={add} />
            )
          ) : (
            <DataTable<Blocked>
              rowKey="person_id"
              label={t('gate.tabs.blocked')}
              minWidth={640}
              dataSource={items}
              columns={[
                {
                  key: 'person',
                  title: t('gate.messages.person'),
                  render: (_, b) => (
                    <Link to="/customers/$personId" params={{ personId: b.person_id }} className="fp-link-row">
                      {b.name || t('customer.nameless')}
                    </Link>
                  ),
                },
                { key: 'reason', title: t('gate.blocked.reason'), render: (_, b) => b.reason || <span className="fp-muted">—</span> },
                { key: 'by', title: t('gate.blocked.by'), width: 140, render: (_, b) => nameOf(b.by) || <span className="fp-muted">—</span> },
                { key: 'at', title: t('gate.blocked.at'), width: 130, render: (_, b) => <TimeText at={b.at} /> },
                {
                  key: 'tools',
                  title: <span className="fp-hidden">{t('common.actions')}</span>,
                  width: 56,
                  render: (_, b) => send && <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('gate.blocked.removeOf', { name: b.name || t('customer.nameless') })} onClick={() => remove.mutate(b)} />,
                },
              ]}
            />
          )}
          <Pager pages={pages} next={list.data?.next_cursor} />
        </div>
      )}
      {adding && <AddDialog onClose={() => setAdding(false)} onDone={refresh} />}
    </>
  );
}

function AddDialog({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<void> }) {
  const { t } = useTranslation();
  const undo = useUndo();
  const [person, setPerson] = useState<PickedPerson>();
  const [reason, setReason] = useState('');
  const add = useMutation({
    mutationFn: (id: string) => reach.block(id, reason.trim()),
    onSuccess: async (_, id) => {
      await onDone();
      onClose();
      undo(`blocked-${id}`, t('gate.blocked.added'), () => reach.unblock(id).then(onDone));
    },
  });
  return (
    <Modal open title={t('gate.blocked.add')} okText={t('gate.blocked.addIt')} okButtonProps={{ disabled: !person, loading: add.isPending }} onOk={() => person && add.mutate(person.value)} onCancel={onClose}>
      <div className="fp-stack">
        <p className="fp-muted">{t('gate.blocked.addText')}</p>
        {add.isError && <ProblemView error={add.error} />}
        <Field label={t('gate.messages.person')}>{(id) => <PersonPicker id={id} autoFocus value={person} onChange={setPerson} label={t('gate.messages.person')} />}</Field>
        <Field label={t('gate.blocked.reason')} help={t('gate.blocked.reasonHelp')}>
          {(id) => <Input id={id} maxLength={200} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
      </div>
    </Modal>
  );
}
