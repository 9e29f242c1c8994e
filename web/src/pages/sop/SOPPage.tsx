import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, App, Button, Checkbox, Input, Modal, Space, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sops, type SOP } from '../../api/sops';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { EditTab } from './EditTab';
import { PeopleTab } from './PeopleTab';
import { ProgressTab } from './ProgressTab';
import { SOPStatus } from './SOPStatus';
import { lasts } from './spec';
import './sop.css';

const route = getRouteApi('/shell/sops/$sopId');
const tabs = ['edit', 'progress', 'people'] as const;

export function SOPPage() {
  const { t } = useTranslation();
  const { sopId } = route.useParams();
  const sop = useQuery({ queryKey: ['sop', sopId], queryFn: () => sops.read(sopId), refetchInterval: (q) => (q.state.data?.status === 'live' ? 30_000 : false) });
  return (
    <div className="fp-page">
      <nav className="fp-crumb">
        <Link to="/sops" search={{}}>
          {t('sop.title')}
        </Link>
      </nav>
      {sop.isError ? (
        <>
          <PageHeader title={t('sop.title')} />
          <ProblemView error={sop.error} onRetry={() => void sop.refetch()} />
        </>
      ) : !sop.data ? (
        <Loading rows={10} />
      ) : (
        <Shown sop={sop.data} />
      )}
    </div>
  );
}

function Shown({ sop }: { sop: SOP }) {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const write = may('sop.write');
  const run = may('sop.run');
  const tab = tabs.find((x) => x === search.tab) ?? (sop.status === 'draft' ? 'edit' : 'progress');
  const go = (next: { tab?: string; step?: string }) => void navigate({ to: '/sops/$sopId', params: { sopId: sop.id }, search: { ...(next.tab ? { tab: next.tab } : {}), ...(next.step ? { step: next.step } : {}) } });
  const choices = useQuery({ queryKey: ['sop-choices'], queryFn: sops.choices, staleTime: 60_000 });
  const [publishing, setPublishing] = useState<number>();
  const [stopping, setStopping] = useState(false);
  const settle = () => Promise.all([queryClient.invalidateQueries({ queryKey: ['sop', sop.id] }), queryClient.invalidateQueries({ queryKey: ['sops'] }), queryClient.invalidateQueries({ queryKey: ['sop-steps', sop.id] })]);
  const steer = useMutation({ mutationFn: (what: 'pause' | 'resume' | 'stop' | 'move') => sops[what](sop.id), onError: notify, onSettled: settle });
  const copy = useMutation({ mutationFn: () => sops.copy(sop.id), onError: notify, onSuccess: (made) => void navigate({ to: '/sops/$sopId', params: { sopId: (made as SOP).id }, search: {} }) });
  const remove = useMutation({
    mutationFn: () => sops.remove(sop.id),
    onError: notify,
    onSuccess: async () => {
      message.success(t('sop.removed', { name: sop.name }));
      await queryClient.invalidateQueries({ queryKey: ['sops'] });
      void navigate({ to: '/sops', search: {} });
    },
  });
  return (
    <>
      <PageHeader
        title={sop.name}
        note={t(`sop.about.${sop.kind}`, { count: sop.spec.steps.length, days: lasts(sop.spec) })}
        extra={
          <Space wrap>
            <SOPStatus sop={sop} />
            {run && sop.status === 'live' && <Button onClick={() => steer.mutate('pause')}>{t('sop.pause')}</Button>}
            {run && sop.status === 'paused' && (
              <Button type="primary" onClick={() => steer.mutate('resume')}>
                {t('sop.resume')}
              </Button>
            )}
            {run && (sop.status === 'live' || sop.status === 'paused') && (
              <Button danger onClick={() => setStopping(true)}>
                {t('sop.stop')}
              </Button>
            )}
            {write && (
              <Button loading={copy.isPending} onClick={() => copy.mutate()}>
                {t('sop.copy')}
              </Button>
            )}
            {write && sop.status === 'draft' && (
              <Button danger loading={remove.isPending} onClick={() => remove.mutate()}>
                {t('sop.remove')}
              </Button>
            )}
          </Space>
        }
      />
      {sop.elsewhere > 0 && (
        <Alert
          type="info"
          showIcon
          title={t('sop.elsewhere', { count: sop.elsewhere, version: sop.version })}
          action={
            run && (
              <Button size="small" loading={steer.isPending} onClick={() => steer.mutate('move')}>
                {t('sop.moveAll')}
              </Button>
            )
          }
        />
      )}
      <Tabs
        activeKey={tab}
        onChange={(x) => go({ tab: x })}
        destroyOnHidden
        items={[
          { key: 'edit', label: t('sop.tabs.edit'), children: <EditTab key={sop.id} sop={sop} choices={choices.data} write={write} run={run} onPublish={setPublishing} /> },
          { key: 'progress', label: t('sop.tabs.progress'), children: <ProgressTab sop={sop} onPeople={(step) => go({ tab: 'people', step })} /> },
          { key: 'people', label: t(sop.kind === 'person' ? 'sop.tabs.people' : 'sop.tabs.groups', { n: f.number(sop.inside) }), children: <PeopleTab sop={sop} choices={choices.data} run={run} step={search.step || undefined} onStep={(step) => go({ tab: 'people', step })} /> },
        ]}
      />
      {publishing !== undefined && <Publish sop={sop} revision={publishing} onClose={() => setPublishing(undefined)} onDone={settle} />}
      {stopping && (
        <Typed
          title={t('sop.stopTitle', { name: sop.name })}
          text={t('sop.stopText', { count: sop.inside })}
          name={sop.name}
          ok={t('sop.stop')}
          danger
          onClose={() => setStopping(false)}
          onOk={() => steer.mutateAsync('stop').then(() => setStopping(false))}
        />
      )}
    </>
  );
}

/** Something that reaches people or cannot be undone: one types the name. */
function Typed({ title, text, name, ok, danger, children, onOk, onClose }: { title: string; text: string; name: string; ok: string; danger?: boolean; children?: React.ReactNode; onOk: () => Promise<unknown>; onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  return (
    <Modal
      open
      title={title}
      okText={ok}
      okButtonProps={{ danger, disabled: typed.trim() !== name, loading: busy }}
      onCancel={onClose}
      onOk={() => {
        setBusy(true);
        void onOk()
          .catch(() => undefined)
          .finally(() => setBusy(false));
      }}
    >
      <p>{text}</p>
      {children}
      <label className="fp-field">
        <span>{t('sop.typeName', { name })}</span>
        <Input value={typed} onChange={(e) => setTyped(e.target.value)} />
      </label>
    </Modal>
  );
}

/** What is written becomes valid. */
function Publish({ sop, revision, onClose, onDone }: { sop: SOP; revision: number; onClose: () => void; onDone: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const { message } = App.useApp();
  const [move, setMove] = useState(false);
  return (
    <Typed
      title={t(sop.version > 0 ? 'sop.publishAgain' : 'sop.publish')}
      text={t(sop.version > 0 ? 'sop.publishAgainText' : `sop.publishText.${sop.spec.trigger.kind}`)}
      name={sop.name}
      ok={t('sop.publishNow')}
      onClose={onClose}
      onOk={() =>
        sops.publish(sop.id, { revision, move }).then(
          async () => {
            message.success(t('sop.published'));
            onClose();
            await onDone();
          },
          (e: unknown) => notify(e),
        )
      }
    >
      {sop.inside > 0 && (
        <p>
          <Checkbox checked={move} onChange={(e) => setMove(e.target.checked)}>
            {t('sop.moveToo', { count: sop.inside })}
          </Checkbox>
        </p>
      )}
    </Typed>
  );
}
