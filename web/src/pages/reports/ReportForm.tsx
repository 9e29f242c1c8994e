import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Drawer, Input, Select, Space, TimePicker, Tooltip } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reports, type ReportChoices, type ReportInput, type ReportPreview, type ReportSchedule } from '../../api/reports';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Field } from '../../ui/Field';
import { ProblemView } from '../../ui/ProblemView';
import { queryOf } from './words';

interface Props {
  choices: ReportChoices;
  report?: ReportSchedule;
  onClose: () => void;
  onSaved: () => void;
}

const spans = ['', 'last_month', 'last_3_months', 'last_12_months'] as const;

/** Makes or changes a report that goes out by mail. */
export function ReportForm({ choices, report, onClose, onSaved }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const me = useMe();
  const pages = choices.pages ?? [];
  const people = choices.recipients ?? [];
  const [draft, setDraft] = useState<ReportInput>(
    report ?? { name: '', pages: [{ page: pages[0]?.key ?? 'overview' }], cadence: { every: 'weekly', weekday: 1, day: 1, hour: 8, minute: 0 }, recipients: people.some((p) => p.id === me.staff.id) ? [me.staff.id] : [] },
  );
  const body = (): ReportInput => ({ name: draft.name, pages: draft.pages, cadence: draft.cadence, recipients: draft.recipients, account_id: draft.account_id });
  const change = (part: Partial<ReportInput>) => setDraft({ ...draft, ...part });
  const parts = draft.pages ?? [];
  const part = (i: number, p: Partial<(typeof parts)[number]>) => change({ pages: parts.map((x, k) => (k === i ? { ...x, ...p } : x)) });
  const cadence = (p: Partial<ReportInput['cadence']>) => change({ cadence: { ...draft.cadence, ...p } });
  const save = useMutation({ mutationFn: () => (report ? reports.change(report.id, { ...body(), version: report.version }) : reports.create(body())), onSuccess: onSaved });
  const look = useMutation({ mutationFn: () => reports.preview(body()) });
  const ready = draft.name.trim() !== '' && parts.length > 0 && (draft.recipients ?? []).length > 0;
  return (
    <Drawer
      open
      title={t(report ? 'reports.editTitle' : 'reports.newTitle')}
      size={620}
      onClose={onClose}
      footer={
        <div className="fp-report-buttons">
          <Button disabled={!ready} loading={look.isPending} onClick={() => look.mutate()} data-preview="">
            {t('reports.preview')}
          </Button>
          <Button type="primary" disabled={!ready} loading={save.isPending} onClick={() => save.mutate()} data-save-report="">
            {t('reports.save')}
          </Button>
        </div>
      }
    >
      <Field label={t('reports.name')}>{(id) => <Input id={id} value={draft.name} maxLength={60} placeholder={t('reports.namePlaceholder')} onChange={(e) => change({ name: e.target.value })} />}</Field>
      <fieldset className="fp-report-parts">
        <legend>{t('reports.pages')}</legend>
        {parts.map((p, i) => (
          <div key={i} className="fp-report-part">
            <Space wrap>
              <Select aria-label={t('reports.pageN', { n: i + 1 })} value={p.page} popupMatchSelectWidth={false} options={pages.map((x) => ({ value: x.key, label: x.name }))} onChange={(page: string) => part(i, { page, query: '' })} />
              <Select aria-label={t('reports.spanN', { n: i + 1 })} value={p.span ?? ''} popupMatchSelectWidth={false} options={spans.map((value) => ({ value, label: t(`reports.span.${value || 'own'}`) }))} onChange={(span) => part(i, { span: (span || undefined) as typeof p.span })} />
              <Tooltip title={t('reports.removePage')}>
                <Button type="text" icon={<DeleteOutlined />} aria-label={t('reports.removePage')} disabled={parts.length < 2} onClick={() => change({ pages: parts.filter((_, k) => k !== i) })} />
              </Tooltip>
            </Space>
            <Input aria-label={t('reports.queryN', { n: i + 1 })} placeholder={t('reports.queryPlaceholder')} value={p.query ?? ''} maxLength={8000} onChange={(e) => part(i, { query: queryOf(e.target.value) })} />
          </div>
        ))}
        {parts.length < 8 && (
          <Button size="small" icon={<PlusOutlined />} onClick={() => change({ pages: [...parts, { page: pages.find((x) => !parts.some((p) => p.page === x.key))?.key ?? 'overview' }] })}>
            {t('reports.addPage')}
          </Button>
        )}
      </fieldset>
      <fieldset className="fp-report-parts">
        <legend>{t('reports.whenZone', { zone: choices.time_zone })}</legend>
        <Space wrap>
          <Select aria-label={t('reports.every')} value={draft.cadence.every} popupMatchSelectWidth={false} onChange={(every) => cadence({ every, weekday: draft.cadence.weekday || 1, day: draft.cadence.day || 1 })} options={(['daily', 'weekly', 'monthly'] as const).map((value) => ({ value, label: t(`reports.cadence.${value}`) }))} />
          {draft.cadence.every === 'weekly' && (
            <Select aria-label={t('reports.weekdayLabel')} value={draft.cadence.weekday ?? 1} popupMatchSelectWidth={false} onChange={(weekday: number) => cadence({ weekday })} options={[1, 2, 3, 4, 5, 6, 7].map((d) => ({ value: d, label: t(`reports.weekday.d${d}`) }))} />
          )}
          {draft.cadence.every === 'monthly' && (
            <Select aria-label={t('reports.dayLabel')} value={draft.cadence.day ?? 1} popupMatchSelectWidth={false} onChange={(day: number) => cadence({ day })} options={Array.from({ length: 31 }, (_, i) => ({ value: i + 1, label: i === 30 ? t('reports.lastDay') : t('reports.dayN', { day: i + 1 }) }))} />
          )}
          <TimePicker
            aria-label={t('reports.time')}
            format="HH:mm"
            minuteStep={5}
            allowClear={false}
            needConfirm={false}
            value={dayjs().hour(draft.cadence.hour).minute(draft.cadence.minute ?? 0)}
            onChange={(at) => at && cadence({ hour: at.hour(), minute: at.minute() })}
          />
        </Space>
      </fieldset>
      <Field label={t('reports.to')} help={t('reports.toHelp')}>
        {(id) => <Select id={id} mode="multiple" showSearch={{ optionFilterProp: 'label' }} value={draft.recipients ?? []} onChange={(recipients: string[]) => change({ recipients })} options={people.map((p) => ({ value: p.id, label: p.name }))} />}
      </Field>
      {(choices.accounts ?? []).length > 1 && (
        <Field label={t('reports.account')}>
          {(id) => <Select id={id} value={draft.account_id ?? ''} onChange={(account: string) => change({ account_id: account || undefined })} options={[{ value: '', label: t('reports.anyAccount') }, ...(choices.accounts ?? []).map((a) => ({ value: a.id, label: a.name }))]} />}
        </Field>
      )}
      {choices.cannot && <Alert type="warning" showIcon title={choices.cannot} />}
      {save.isError && <ProblemView error={save.error} />}
      {look.isError && <ProblemView error={look.error} />}
      {look.data && <Letter letter={look.data} size={f.bytes(look.data.bytes)} rows={f.number(look.data.rows)} />}
    </Drawer>
  );
}

/** The mail as it would arrive. */
function Letter({ letter, size, rows }: { letter: ReportPreview; size: string; rows: string }) {
  const { t } = useTranslation();
  return (
    <section className="fp-report-letter" data-letter="">
      <h3>{letter.subject}</h3>
      <iframe title={t('reports.preview')} sandbox="" srcDoc={letter.html} />
      <p className="fp-muted fp-small">
        {letter.attached ? t('reports.attached', { name: letter.file_name, rows, size }) : t('reports.tooLarge', { size })}
      </p>
    </section>
  );
}
