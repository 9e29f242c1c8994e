import { DeleteOutlined, UndoOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { App, Button, Modal, Tabs } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type Material, type MaterialVersion } from '../../api/content';
import { useMay } from '../../app/me';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { kinds, KindIcon } from './KindIcon';
import { Validity } from './MaterialCard';
import { MaterialForm, type MaterialValues } from './MaterialForm';
import { Preview } from './Preview';
import { RadarLinks } from './RadarLinks';
import { useRemove } from './useLibrary';
import { Visits } from './VisitorsTab';
import './content.css';

const route = getRouteApi('/shell/content/$materialId');
const tabs = ['edit', 'links', 'visits', 'versions'] as const;

function Crumb() {
  const { t } = useTranslation();
  return (
    <nav className="fp-crumb">
      <Link to="/content" search={{}}>
        {t('content.title')}
      </Link>
    </nav>
  );
}

export function NewMaterialPage() {
  const { t } = useTranslation();
  const search = getRouteApi('/shell/content/new').useSearch();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const kind = kinds.find((k) => k === search.kind) ?? 'article';
  const create = useMutation({
    mutationFn: (v: MaterialValues) => content.create({ kind, title: v.title, folder_id: v.folder_id, expires_at: v.expires?.toISOString(), body: v.body }),
    onSuccess: async (m) => {
      await queryClient.invalidateQueries({ queryKey: ['content'] });
      await navigate({ to: '/content/$materialId', params: { materialId: m.id }, search: { tab: 'links' } });
    },
  });
  return (
    <div className="fp-page">
      <Crumb />
      <PageHeader title={t('content.newOf', { kind: t(`content.kinds.${kind}`) })} />
      <MaterialForm key={kind} kind={kind} initial={{ title: '', folder_id: search.folder ?? '', expires: null, body: {} }} saving={create.isPending} submit={t('content.saveNew')} onSave={(v) => create.mutateAsync(v)} />
    </div>
  );
}

export function MaterialPage() {
  const { materialId } = route.useParams();
  const material = useQuery({ queryKey: ['content', 'one', materialId], queryFn: () => content.read(materialId) });
  return (
    <div className="fp-page">
      <Crumb />
      {material.isError ? <ProblemView error={material.error} onRetry={() => void material.refetch()} /> : material.data ? <Shown material={material.data} /> : <Loading rows={10} />}
    </div>
  );
}

function Shown({ material: m }: { material: Material }) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const write = may('content.write') && !m.deleted_at;
  const tab = tabs.find((x) => x === search.tab) ?? 'edit';
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['content'] });
  const update = useMutation({
    mutationFn: (v: MaterialValues) =>
      content.update(m.id, { revision: m.revision, title: v.title, folder_id: v.folder_id ?? '', body: v.body, ...(v.expires ? { expires_at: v.expires.toISOString() } : { no_expiry: true }) }),
    onSuccess: async (now) => {
      message.success(now.version > m.version ? t('content.savedVersion', { version: now.version }) : t('content.saved'));
      await refresh();
    },
  });
  const remove = useRemove('material', () => void navigate({ to: '/content', search: {} }));
  const restore = useMutation({ mutationFn: () => content.restore(m.id), onError: notify, onSuccess: refresh });
  const initial: MaterialValues = { title: m.title, folder_id: m.folder_id, expires: m.expires_at ? dayjs(m.expires_at) : null, body: m.body };
  return (
    <>
      <PageHeader
        title={
          <>
            <KindIcon kind={m.kind} /> {m.title} <Validity material={m} />
          </>
        }
        note={t('content.versionNote', { version: m.version })}
        extra={
          may('content.write') &&
          (m.deleted_at ? (
            <Button icon={<UndoOutlined />} loading={restore.isPending} onClick={() => restore.mutate()}>
              {t('content.restore')}
            </Button>
          ) : (
            <Button icon={<DeleteOutlined />} aria-label={t('content.removeOf', { name: m.title })} title={t('common.delete')} onClick={() => remove.mutate(m)} />
          ))
        }
      />
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(key) => void navigate({ to: '/content/$materialId', params: { materialId: m.id }, search: { tab: key } })}
        items={[
          { key: 'edit', label: t('content.edit'), children: <MaterialForm key={m.revision} kind={m.kind} initial={initial} file={m.file} saving={update.isPending} submit={t('content.save')} readOnly={!write} onSave={(v) => update.mutateAsync(v)} /> },
          { key: 'links', label: t('content.links'), children: <RadarLinks materialId={m.id} version={m.version} closed={m.expired || Boolean(m.deleted_at)} /> },
          { key: 'visits', label: t('content.tabs.visitors'), children: <Visits filter={{ material_id: m.id }} /> },
          { key: 'versions', label: t('content.versions'), children: <Versions material={m} onUse={write ? (v) => update.mutateAsync({ ...initial, title: v.title, body: v.body }).catch(notify) : undefined} /> },
        ]}
      />
    </>
  );
}

function Versions({ material: m, onUse }: { material: Material; onUse?: (v: MaterialVersion) => Promise<unknown> }) {
  const { t } = useTranslation();
  const versions = useQuery({ queryKey: ['content', 'versions', m.id, m.version], queryFn: () => content.versions(m.id) });
  const [seen, setSeen] = useState<MaterialVersion>();
  if (versions.isError) return <ProblemView error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <Loading rows={4} />;
  return (
    <>
      <p className="fp-muted fp-section-note">{t('content.versionHelp')}</p>
      <ul className="fp-content-lines">
        {versions.data.items.map((v) => (
          <li key={v.version}>
            <b>{t('content.versionNote', { version: v.version })}</b>
            <span className="grow">{v.title}</span>
            <TimeText at={v.created_at} />
            {v.version === m.version ? (
              <span className="fp-content-mark">{t('content.versionNow')}</span>
            ) : (
              <Button size="small" onClick={() => setSeen(v)}>
                {t('content.versionSee', { version: v.version })}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Modal
        open={seen !== undefined}
        title={seen && t('content.versionNote', { version: seen.version })}
        onCancel={() => setSeen(undefined)}
        footer={
          seen && onUse ? (
            <Button
              type="primary"
              onClick={() => {
                void onUse(seen);
                setSeen(undefined);
              }}
            >
              {t('content.versionUse')}
            </Button>
          ) : null
        }
        destroyOnHidden
      >
        {seen && <Preview kind={m.kind} title={seen.title} body={seen.body} />}
      </Modal>
    </>
  );
}
