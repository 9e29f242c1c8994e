import { EditOutlined, PauseOutlined, PictureOutlined, PlayCircleOutlined, StopOutlined, SyncOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Alert, App, Button, Card } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codes as api, type Code } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { ArrivalRows } from './ArrivalRows';
import { capOf, CodeState } from './CodeParts';
import { CodeStatisticsCard } from './CodeStatisticsCard';
import { clockOf, DutyCard } from './DutyCard';
import { EndDialog } from './EndDialog';
import { PathText } from './PathText';
import { PhonePreview } from './PhonePreview';
import { PosterDialog } from './PosterDialog';
import { QrBox } from './QrDialog';
import { useUndo } from '../../ui/useUndo';
import { welcomeAt } from './welcomeText';
import './acquisition.css';
import './codePage.css';

const route = getRouteApi('/shell/codes/$codeId');

/** One live code: its picture, who greets, who came and when. */
export function CodePage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queryClient = useQueryClient();
  const { codeId } = route.useParams();
  const [poster, setPoster] = useState(false);
  const [ending, setEnding] = useState(false);
  const code = useQuery({ queryKey: ['code', codeId], queryFn: () => api.read(codeId), refetchInterval: 15_000 });
  const took = async (c: Code) => {
    queryClient.setQueryData(['code', codeId], c);
    await queryClient.invalidateQueries({ queryKey: ['codes'] });
  };
  const setStatus = (status: 'active' | 'paused') => api.update(codeId, { status }).then(took);
  const push = useMutation({
    mutationFn: () => api.push(codeId),
    onSuccess: async (c) => {
      await took(c);
      if (c.health === 'ok') void message.success(t('codes.pushed'));
    },
    onError: notify,
  });

  if (code.isPending)
    return (
      <div className="fp-page">
        <Loading rows={12} />
      </div>
    );
  if (code.isError)
    return (
      <div className="fp-page">
        <PageHeader title={t('menu.codes')} />
        <ProblemView error={code.error} onRetry={() => void code.refetch()} />
      </div>
    );

  const c = code.data;
  const write = may('acquisition.write');
  const cap = capOf(c);
  const pause = () =>
    setStatus('paused').then(() => undo(`code-${c.id}`, t('codes.pausedDone', { name: c.name }), () => setStatus('active')), notify);
  // What somebody would be told who scanned it now.
  const welcome = (c.welcome ?? [])[Math.max(0, welcomeAt(c.welcome ?? [], ...clockOf(new Date().toISOString(), f.timeZone)))];
  const staffName = c.duty?.on[0]?.name ?? Object.values(c.member_names)[0] ?? '';

  return (
    <div className="fp-page">
      <nav className="fp-crumb">
        <Link to="/codes" search={{}}>
          {t('menu.codes')}
        </Link>
      </nav>
      <PageHeader
        title={
          <span className="fp-customer-title">
            {c.name} <CodeState code={c} />
          </span>
        }
        note={
          <>
            <PathText path={c.channel_path} /> · {t(`codes.kinds.${c.kind}`)} · {t(`codeForm.modes.${c.mode}`)}
            {c.account_name && ` · ${c.account_name}`}
          </>
        }
        extra={
          <>
            {may('org.audit') && (
              <Link to="/audit" search={{ object: c.id }}>
                <Button>{t('customer.changes')}</Button>
              </Link>
            )}
            {write && c.status !== 'ended' && (
              <>
                {c.account_id && (
                  <Button icon={<SyncOutlined />} loading={push.isPending} onClick={() => push.mutate()} title={t('codes.pushHelp')}>
                    {t('codes.push')}
                  </Button>
                )}
                {c.status === 'active' ? (
                  <Button icon={<PauseOutlined />} onClick={() => void pause()} title={t('codes.pauseHelp')}>
                    {t('codes.pause')}
                  </Button>
                ) : (
                  <Button icon={<PlayCircleOutlined />} onClick={() => void setStatus('active').catch(notify)}>
                    {t('codes.resume')}
                  </Button>
                )}
                <Button danger icon={<StopOutlined />} onClick={() => setEnding(true)}>
                  {t('codes.end')}
                </Button>
                <Link to="/codes/$codeId/edit" params={{ codeId }}>
                  <Button type="primary" icon={<EditOutlined />}>
                    {t('codes.edit')}
                  </Button>
                </Link>
              </>
            )}
          </>
        }
      />
      {c.warnings.length > 0 && (
        <Alert className="fp-section-note" type={c.health === 'critical' ? 'error' : 'warning'} showIcon title={c.warnings.length === 1 ? c.warnings[0] : <ul className="fp-plain">{c.warnings.map((w) => <li key={w}>{w}</li>)}</ul>} />
      )}
      {c.status === 'paused' && <Alert className="fp-section-note" type="info" showIcon title={t('codes.pausedNow')} description={t('codes.pausedWhat')} />}
      {c.status === 'ended' && <Alert className="fp-section-note" type="info" showIcon title={t('codes.endedNow')} description={t('codes.endedWhat')} />}
      <dl className="fp-figures">
        <div>
          <dt>{t('codes.today')}</dt>
          <dd className="fp-num">
            {f.number(c.today)}
            {cap !== undefined && <span className="fp-muted"> / {f.number(cap)}</span>}
          </dd>
        </div>
        <div>
          <dt>{t('codeForm.expires')}</dt>
          <dd>{c.expires_at ? <TimeText at={c.expires_at} /> : t('codes.never')}</dd>
        </div>
        <div>
          <dt>{t('field.tags')}</dt>
          <dd className="fp-break">{(c.tags ?? []).join(t('common.listSeparator')) || '—'}</dd>
        </div>
        <div>
          <dt>{t('codes.made')}</dt>
          <dd>
            <TimeText at={c.created_at} />
          </dd>
        </div>
      </dl>
      <div className="fp-code-page">
        <div className="fp-stack">
          <CodeStatisticsCard code={c} />
          <Card
            title={t('codes.latest')}
            extra={
              <Link to="/arrivals" search={{ code: c.id }}>
                {t('codes.allArrivals')}
              </Link>
            }
            styles={{ body: { padding: 0 } }}
          >
            <ArrivalRows filter={{ code_id: c.id }} limit={8} />
          </Card>
        </div>
        <div className="fp-stack">
          <Card
            title={t('qr.picture')}
            extra={
              <Button size="small" icon={<PictureOutlined />} onClick={() => setPoster(true)}>
                {t('poster.make')}
              </Button>
            }
          >
            <QrBox kind="codes" id={c.id} name={c.name} url={c.page_url} />
          </Card>
          <DutyCard code={c} />
          {welcome && (
            <Card title={t('codeForm.welcome')}>
              <PhonePreview parts={welcome.parts} staffName={staffName} />
              {(c.welcome ?? []).length > 1 && <p className="fp-muted fp-small">{t('codes.moreWelcomes', { count: (c.welcome ?? []).length - 1 })}</p>}
            </Card>
          )}
        </div>
      </div>
      {poster && <PosterDialog kind="codes" id={c.id} name={c.name} onClose={() => setPoster(false)} />}
      {ending && <EndDialog code={c} onClose={() => setEnding(false)} onEnded={took} />}
    </div>
  );
}
