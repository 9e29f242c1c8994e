import { LeftOutlined, PaperClipOutlined, RightOutlined } from '@ant-design/icons';
import { keepPreviousData, useMutation, useQueries, useQuery } from '@tanstack/react-query';
import { Alert, App, Button, Segmented, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign, type Sample } from '../../api/campaigns';
import { useMay, useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PersonPicker, type PickedPerson } from '../../ui/PersonPicker';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import '../acquisition/phone.css';

interface Props {
  campaign: Campaign;
  /** What is written is not what is stored yet. */
  stale?: boolean;
  versions?: readonly string[];
  /** The one to show; without, the reader chooses. */
  version?: string;
}

/** The message as people of the segment, or anybody, would read it; and a test to that person. */
export function Preview({ campaign: c, stale, versions = (c.variants ?? []).map((v) => v.name), version }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const [person, setPerson] = useState<PickedPerson>();
  const [at, setAt] = useState(0);
  const [wanted, setWanted] = useState('');
  const variant = versions.length > 1 ? (versions.find((v) => v === (version ?? wanted)) ?? versions[0]) : undefined;
  const list = useQuery({
    queryKey: ['campaign', c.id, 'preview', c.version, person?.value, variant],
    queryFn: () => campaigns.preview(c.id, { ...(person ? { person_id: person.value } : {}), ...(variant ? { variant } : {}) }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const test = useMutation({ mutationFn: (id: string) => campaigns.test(c.id, id), onError: notify, onSuccess: () => void message.success(t('campaigns.testSent')) });
  const items = list.data?.items ?? [];
  const index = Math.min(at, Math.max(0, items.length - 1));
  const shown = items[index];
  return (
    <aside className="fp-campaign-preview" aria-label={t('campaigns.preview')}>
      <PersonPicker
        value={person}
        onChange={(p) => {
          setPerson(p);
          setAt(0);
        }}
        label={t('campaigns.previewOf')}
        placeholder={t('campaigns.previewOf')}
      />
      {version === undefined && variant && <Segmented block size="small" aria-label={t('campaigns.versionShown')} value={variant} onChange={setWanted} options={versions.map((v) => ({ value: v, label: t('campaigns.version', { name: v }) }))} />}
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={4} />
      ) : !shown ? (
        <EmptyState title={t('campaigns.noPreview')} text={t(c.segment_id ? 'campaigns.noPreviewPeople' : 'campaigns.noPreviewSegment')} />
      ) : (
        <div aria-busy={list.isPlaceholderData}>
          <div className="fp-campaign-who">
            <span>
              {shown.name || t('customer.nameless')}
              {shown.carrier && <span className="fp-muted"> · {t(`carrier.${shown.carrier}`, { defaultValue: shown.carrier })}</span>}
            </span>
            {items.length > 1 && (
              <Space size={2}>
                <Button size="small" type="text" icon={<LeftOutlined />} disabled={index === 0} aria-label={t('campaigns.previous')} onClick={() => setAt(index - 1)} />
                <span className="fp-muted fp-num">
                  {index + 1}/{items.length}
                </span>
                <Button size="small" type="text" icon={<RightOutlined />} disabled={index === items.length - 1} aria-label={t('campaigns.following')} onClick={() => setAt(index + 1)} />
              </Space>
            )}
          </div>
          {shown.problem && <Alert type="warning" showIcon title={shown.problem} className="fp-campaign-gap" />}
          <Framed sample={shown} />
          <p className="fp-muted fp-small">{stale ? t('campaigns.previewStale') : t('campaigns.previewNote')}</p>
          {person && may('campaign.send') && (
            <Button block loading={test.isPending} disabled={stale} onClick={() => test.mutate(person.value)}>
              {t('campaigns.testSend', { name: shown.name || t('customer.nameless') })}
            </Button>
          )}
        </div>
      )}
    </aside>
  );
}

/** A message in what it is read in: a mail program, or a chat on a phone. */
function Framed({ sample: s }: { sample: Sample }) {
  const { t } = useTranslation();
  const { org } = useMe();
  const mail = s.carrier === 'email' || (s.carrier === '' && (s.subject !== '' || s.html !== ''));
  if (mail)
    return (
      <article className="fp-mail">
        <header>
          <b>{s.subject || t('campaigns.noSubject')}</b>
          <span>{org.name}</span>
        </header>
        {s.html ? <iframe title={`${t('campaigns.preview')} ${s.name}`} sandbox="" srcDoc={s.html} /> : <pre>{s.text || t('campaigns.noText')}</pre>}
        <Along ids={s.attachments ?? []} />
      </article>
    );
  return (
    <article className={`fp-phone ${s.carrier}`}>
      <header>
        {org.name}
        {s.carrier === 'official_account' && <span>{t('carrier.official_account')}</span>}
      </header>
      <div className="fp-phone-chat">
        <div className="fp-phone-line">
          {s.carrier !== 'sms' && <i aria-hidden="true">{[...org.name][0]}</i>}
          <span className="fp-bubble">{s.template ? <Template sample={s} /> : s.text || t('campaigns.noText')}</span>
        </div>
      </div>
    </article>
  );
}

/** A text message: its words are with the provider, what is put into them is ours. */
function Template({ sample: s }: { sample: Sample }) {
  const { t } = useTranslation();
  return (
    <>
      {t('campaigns.sms.shown', { id: s.template })}
      <ul>
        {(s.parameters ?? []).map((p, i) => (
          <li key={i}>
            {i + 1}. {p}
          </li>
        ))}
      </ul>
    </>
  );
}

/** The files that go along with a mail. */
function Along({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const files = useQueries({ queries: ids.map((id) => ({ queryKey: ['media-file', id], queryFn: () => campaigns.file(id), staleTime: Infinity, retry: false, enabled: may('carrier.media') })) });
  if (ids.length === 0) return null;
  return (
    <ul className="fp-campaign-along" aria-label={t('campaigns.along')}>
      {ids.map((id, i) => (
        <li key={id}>
          <PaperClipOutlined /> <bdi>{files[i]?.data?.name || t('campaigns.files.nameless', { n: i + 1 })}</bdi>
          {files[i]?.data && <> · {f.bytes(files[i].data.bytes)}</>}
        </li>
      ))}
    </ul>
  );
}
