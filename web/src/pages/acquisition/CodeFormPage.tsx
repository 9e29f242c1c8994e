import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useBlocker, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Card, DatePicker, Input, Modal, Radio, Select } from 'antd';
import dayjs from 'dayjs';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { codes as api, type Code, type CodeInput, type CodeSpec } from '../../api/acquisition';
import { tags as tagsApi } from '../../api/endpoints';
import { asProblem } from '../../api/problem';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { dayOf, nextDay, startOfDay } from '../../lib/zone';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { ChannelSelect } from './ChannelSelect';
import { ChatsSection } from './ChatsSection';
import { Field } from '../../ui/Field';
import { ShiftSection } from './ShiftSection';
import { StaffSection } from './StaffSection';
import { useAccounts, useAccountStaff } from './useAccounts';
import { VariableText } from './VariableText';
import { WelcomeSection } from './WelcomeSection';
import './acquisition.css';
import './codeForm.css';

const newRoute = getRouteApi('/shell/codes/new');
const editRoute = getRouteApi('/shell/codes/$codeId/edit');

interface Draft {
  name: string;
  kind: 'staff' | 'group' | 'service';
  mode: 'way' | 'page';
  channel_id: string;
  account_id: string;
  spec: CodeSpec;
}

const specKeys = ['strategy', 'members', 'shifts', 'spare', 'confirm', 'tags', 'remark', 'welcome', 'chats', 'expires_at'] as const satisfies readonly (keyof CodeSpec)[];

/** The part of a code that its form changes. */
function specOf(code: Code): CodeSpec {
  return Object.fromEntries(specKeys.filter((k) => code[k] !== undefined).map((k) => [k, code[k]])) as CodeSpec;
}

/** Leaves out what the kind of code has no use for: the server would refuse it. */
function fitting(d: Draft): CodeSpec {
  const { chats: _chats, members: _members, shifts: _shifts, spare: _spare, welcome: _welcome, strategy: _strategy, confirm: _confirm, ...shared } = d.spec;
  if (d.kind === 'group') return { ...shared, strategy: 'round_robin', chats: d.spec.chats ?? [] };
  if (d.kind === 'service') return { ...shared, strategy: 'round_robin', welcome: d.spec.welcome };
  const { chats: _none, ...spec } = d.spec;
  return spec;
}

export function NewCodePage() {
  const search = newRoute.useSearch();
  const { t } = useTranslation();
  return (
    <CodeForm
      title={t('codes.create')}
      start={{ name: '', kind: 'staff', mode: 'way', channel_id: search.channel ?? '', account_id: '', spec: { strategy: 'round_robin', welcome: [{ parts: [{ kind: 'text', text: t('welcome.start', { name: '{{name}}', staff: '{{staff}}', org: '{{org}}' }) }] }] } }}
    />
  );
}

export function EditCodePage() {
  const { t } = useTranslation();
  const { codeId } = editRoute.useParams();
  // What is edited is what was read when the page was opened; a later save by somebody else is a conflict.
  const code = useQuery({ queryKey: ['code', codeId], queryFn: () => api.read(codeId), staleTime: Infinity, refetchOnMount: 'always' });
  if (code.isError)
    return (
      <div className="fp-page">
        <PageHeader title={t('codes.edit')} />
        <ProblemView error={code.error} onRetry={() => void code.refetch()} />
      </div>
    );
  if (!code.data || !code.isFetchedAfterMount)
    return (
      <div className="fp-page">
        <Loading rows={10} />
      </div>
    );
  const c = code.data;
  return <CodeForm key={c.version} title={t('codes.editOf', { name: c.name })} code={c} start={{ name: c.name, kind: c.kind, mode: c.mode, channel_id: c.channel_id, account_id: c.account_id, spec: specOf(c) }} />;
}

function CodeForm({ title, start, code }: { title: string; start: Draft; code?: Code }) {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { list: staff, nameOf } = useStaff();
  const [d, setDraft] = useState(start);
  const accounts = useAccounts(d.kind === 'service' ? 'wecom_kf' : 'wecom');
  const [missing, setMissing] = useState<Record<string, string>>({});
  const saved = useRef(false);
  const top = useRef<HTMLDivElement>(null);
  const changed = JSON.stringify(d) !== JSON.stringify(start);
  const tagList = useQuery({ queryKey: ['tags'], queryFn: tagsApi.list });
  const known = useAccountStaff(d.account_id);
  const blocker = useBlocker({ shouldBlockFn: () => changed && !saved.current, withResolver: true, enableBeforeUnload: () => changed && !saved.current });

  // With one account there is nothing to choose.
  const only = accounts.list.length === 1 ? accounts.list[0]?.id : undefined;
  useEffect(() => {
    if (!code && only) setDraft((was) => (was.account_id ? was : { ...was, account_id: only }));
  }, [code, only]);

  const save = useMutation({
    mutationFn: () =>
      code
        ? api.update(code.id, { name: d.name.trim(), channel_id: d.channel_id, spec: fitting(d), version: code.version })
        : api.create({ name: d.name.trim(), kind: d.kind, mode: d.mode, channel_id: d.channel_id || undefined, account_id: d.account_id || undefined, ...fitting(d) } satisfies CodeInput),
    onSuccess: async (out) => {
      saved.current = true;
      queryClient.setQueryData(['code', out.id], out);
      await queryClient.invalidateQueries({ queryKey: ['codes'] });
      await navigate({ to: '/codes/$codeId', params: { codeId: out.id }, search: {} });
    },
    onError: () => top.current?.scrollIntoView({ block: 'start' }),
  });
  const problem = save.isError ? asProblem(save.error) : undefined;
  const refused = new Map((problem?.fields ?? []).map((x) => [x.location.replace(/^body\.(spec\.)?/, ''), x.message]));
  const errorAt = (path: string) => missing[path] ?? refused.get(path);
  const set = (patch: Partial<Draft>) => {
    setDraft((was) => ({ ...was, ...patch }));
    setMissing({});
  };
  const setSpec = (patch: Partial<CodeSpec>) => {
    setDraft((was) => ({ ...was, spec: { ...was.spec, ...patch } }));
    setMissing({});
  };
  const submit = () => {
    const lacks: Record<string, string> = {};
    if (!d.name.trim()) lacks.name = t('field.required');
    if (d.mode === 'way' && !d.account_id) lacks.account_id = t('codeForm.needAccount');
    if (d.kind === 'staff' && !d.spec.members?.length) lacks.members = t('codeForm.needStaff');
    if (d.kind === 'group' && !d.spec.chats?.length) lacks.chats = t('codeForm.needChat');
    setMissing(lacks);
    if (Object.keys(lacks).length > 0) top.current?.scrollIntoView({ block: 'start' });
    else save.mutate();
  };

  const group = d.kind === 'group';
  const service = d.kind === 'service';
  /** Accounts of one kind are none of the other's. */
  const choose = (kind: Draft['kind']) => set({ kind, mode: kind === 'service' ? 'way' : d.mode, account_id: (kind === 'service') === service ? d.account_id : '' });
  const members = (d.spec.members ?? []).map((m) => ({ id: m.staff_id, name: nameOf(m.staff_id) || m.staff_id }));
  const expires = d.spec.expires_at ? dayOf(new Date(Date.parse(d.spec.expires_at) - 1).toISOString(), f.timeZone) : undefined;
  const section = (key: string, heading: string, content: ReactNode, note?: string) => (
    <Card key={key} title={<h2 id={`section-${key}`}>{heading}</h2>} className="fp-section" role="group" aria-labelledby={`section-${key}`}>
      {note && <p className="fp-muted fp-section-note">{note}</p>}
      {content}
    </Card>
  );
  const noAccount = accounts.query.isSuccess && accounts.list.length === 0;

  return (
    <div className="fp-page fp-code-form" ref={top}>
      <nav className="fp-crumb">
        <Link to="/codes" search={{}}>
          {t('menu.codes')}
        </Link>
      </nav>
      <PageHeader title={title} />
      {problem && (
        <div className="fp-section-note">
          <ProblemView error={save.error} />
        </div>
      )}
      {Object.keys(missing).length > 0 && <Alert className="fp-section-note" type="error" showIcon role="alert" title={t('codeForm.missing')} />}
      <div className="fp-stack">
        {section(
          'base',
          t('codeForm.base'),
          <div className="fp-stack">
            <div className="fp-two">
              <Field label={t('codes.name')} help={t('codeForm.nameHelp')} error={errorAt('name')}>
                {(id) => <Input id={id} autoFocus={!code} value={d.name} maxLength={60} status={errorAt('name') ? 'error' : undefined} onChange={(e) => set({ name: e.target.value })} />}
              </Field>
              <Field label={t('catch.channel')} help={t('codeForm.channelHelp')} error={errorAt('channel_id')}>
                {(id) => <ChannelSelect id={id} className="fp-full" value={d.channel_id} onChange={(v) => set({ channel_id: v })} label={t('catch.channel')} placeholder={t('catch.chooseChannel')} />}
              </Field>
            </div>
            {!code && (
              <div className="fp-two">
                <div className="fp-field" role="group" aria-label={t('codes.kind')}>
                  <span className="fp-label">{t('codes.kind')}</span>
                  <Radio.Group value={d.kind} onChange={(e) => choose(e.target.value as Draft['kind'])} options={(['staff', 'group', 'service'] as const).map((k) => ({ value: k, label: t(`codes.kinds.${k}`) }))} />
                  <div className="fp-muted fp-small">{t(`codeForm.kindHelp.${d.kind}`)}</div>
                </div>
                {!service && <div className="fp-field" role="group" aria-label={t('codeForm.mode')}>
                  <span className="fp-label">{t('codeForm.mode')}</span>
                  <Radio.Group value={d.mode} onChange={(e) => set({ mode: e.target.value as Draft['mode'] })} options={(['way', 'page'] as const).map((m) => ({ value: m, label: t(`codeForm.modes.${m}`) }))} />
                  <div className="fp-muted fp-small">{t(`codeForm.modeHelp.${d.mode}`)}</div>
                </div>}
              </div>
            )}
            {code ? (
              <span className="fp-muted fp-small">
                {t('codeForm.fixed', { kind: t(`codes.kinds.${d.kind}`), mode: t(`codeForm.modes.${d.mode}`), account: code.account_name || '—' })}
              </span>
            ) : (
              <Field label={t('codes.account')} error={errorAt('account_id')} help={noAccount ? undefined : d.mode === 'page' ? t('codeForm.accountOptional') : undefined}>
                {(id) => (
                  <>
                    <Select
                      id={id}
                      className="fp-full"
                      value={d.account_id || undefined}
                      allowClear={d.mode === 'page'}
                      placeholder={t('codeForm.chooseAccount')}
                      status={errorAt('account_id') ? 'error' : undefined}
                      loading={accounts.query.isFetching}
                      options={accounts.list.map((a) => ({ value: a.id, label: a.name }))}
                      onChange={(v?: string) => set({ account_id: v ?? '' })}
                      notFoundContent={t(service ? 'codeForm.noService' : 'codeForm.noAccount')}
                    />
                    {noAccount && (
                      <Alert
                        type="warning"
                        showIcon
                        title={t(service ? 'codeForm.noService' : 'codeForm.noAccount')}
                        action={
                          <Link to="/accounts">
                            <Button size="small">{t('codeForm.connect')}</Button>
                          </Link>
                        }
                      />
                    )}
                  </>
                )}
              </Field>
            )}
          </div>,
        )}
        {!service && (group
          ? section('chats', t('codeForm.chats'), <ChatsSection chats={d.spec.chats ?? []} page={d.mode === 'page'} onChange={(chats) => setSpec({ chats })} errorAt={errorAt} />, t('codeForm.chatsNote'))
          : [
              section('staff', t('codeForm.staff'), <StaffSection spec={d.spec} page={d.mode === 'page'} known={d.account_id ? known : undefined} onChange={setSpec} errorAt={errorAt} />),
              section(
                'shifts',
                t('codeForm.shifts'),
                members.length === 0 ? (
                  <span className="fp-muted">{t('codeForm.shiftsLater')}</span>
                ) : (
                  <ShiftSection shifts={d.spec.shifts ?? []} members={members} onChange={(shifts) => setSpec({ shifts })} timeZone={f.timeZone} />
                ),
              ),
            ])}
        {section(
          'after',
          t('codeForm.after'),
          <div className="fp-stack">
            <Field label={t('field.tags')} help={t('codeForm.tagsHelp')} error={errorAt('tags') ?? (d.spec.tags ?? []).map((_, i) => errorAt(`tags[${i}]`)).find(Boolean)}>
              {(id) => (
                <Select<string[]>
                  id={id}
                  mode="tags"
                  className="fp-full"
                  value={d.spec.tags ?? []}
                  maxCount={20}
                  tokenSeparators={[',', '，', '、']}
                  placeholder={t('codeForm.noTags')}
                  options={(tagList.data?.items ?? []).map((x) => ({ value: x.name, label: x.name }))}
                  onChange={(tags) => setSpec({ tags: tags.map((x) => x.trim()).filter(Boolean) })}
                />
              )}
            </Field>
            {!group && (
              <Field label={t('codeForm.remark')} help={t('codeForm.remarkHelp')} error={errorAt('remark')}>
                {(id) => <VariableText id={id} value={d.spec.remark ?? ''} onChange={(remark) => setSpec({ remark })} variables={['name', 'staff', 'channel']} label={t('codeForm.remark')} maxLength={60} placeholder="{{name}}-{{channel}}" error={Boolean(errorAt('remark'))} />}
              </Field>
            )}
          </div>,
        )}
        {!group &&
          section(
            'welcome',
            t('codeForm.welcome'),
            <WelcomeSection welcome={d.spec.welcome ?? []} onChange={(welcome) => setSpec({ welcome })} errorAt={errorAt} staffName={members[0]?.name ?? staff[0]?.name ?? ''} />,
            t('codeForm.welcomeNote'),
          )}
        {section(
          'expiry',
          t('codeForm.expiry'),
          <Field label={t('codeForm.expires')} help={t('codeForm.expiresHelp', { zone: f.timeZone })} error={errorAt('expires_at')}>
            {(id) => (
              <DatePicker
                id={id}
                value={expires ? dayjs(expires) : null}
                minDate={dayjs(dayOf(new Date().toISOString(), f.timeZone))}
                placeholder={t('codeForm.noExpiry')}
                onChange={(day) => setSpec({ expires_at: day ? startOfDay(nextDay(day.format('YYYY-MM-DD')), f.timeZone) : undefined })}
              />
            )}
          </Field>,
        )}
      </div>
      <div className="fp-save-bar">
        <Button onClick={() => void (code ? navigate({ to: '/codes/$codeId', params: { codeId: code.id }, search: {} }) : navigate({ to: '/codes', search: {} }))}>{t('common.cancel')}</Button>
        <Button type="primary" loading={save.isPending} onClick={submit}>
          {code ? t('common.save') : t('codes.create')}
        </Button>
      </div>
      <Modal open={blocker.status === 'blocked'} title={t('codeForm.leaveTitle')} okText={t('codeForm.stay')} cancelText={t('codeForm.leave')} onOk={() => blocker.reset?.()} onCancel={() => blocker.proceed?.()} closable={false} mask={{ closable: false }}>
        {t('codeForm.leaveText')}
      </Modal>
    </div>
  );
}
