import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button, Card, Checkbox, Input, Radio, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { imports, traits as traitsApi, type Encoding } from '../../api/endpoints';
import type { ImportKind, Preset, Upload } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { dateOrder, startRequest } from '../../lib/importMapping';
import { CurrencySelect, ZoneSelect } from '../../ui/selects';
import { ProblemView } from '../../ui/ProblemView';
import { ChannelSelect } from '../acquisition/ChannelSelect';
import { CurrencyNotice } from './CurrencyNotice';
import { PreviewTable } from './PreviewTable';
import { useMapping } from './useMapping';

const encodings: Encoding[] = ['utf-8', 'gb18030', 'latin-1', 'utf-16le', 'utf-16be'];

/** Says what each column means, right above what is in it, and starts the import. */
export function MappingForm({ upload: first, presets, onBack }: { upload: Upload; presets: Preset[]; onBack: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { upload, mapping, options, set, reread, ambiguous, lacks, means, settleLayout, applyPreset } = useMapping(first, presets);
  const traits = useQuery({ queryKey: ['traits'], queryFn: traitsApi.list });
  const start = useMutation({
    mutationFn: () => imports.start(startRequest(upload.upload_id, mapping, options)),
    onSuccess: async (created) => {
      await queryClient.invalidateQueries({ queryKey: ['imports'] });
      await navigate({ to: '/imports/$importId', params: { importId: created.id } });
    },
  });
  const orders = options.kind === 'orders';
  const facts = [f.bytes(upload.bytes), upload.format.toUpperCase(), upload.format !== 'xlsx' && upload.encoding.toUpperCase()];

  return (
    <Card
      title={
        <span className="fp-break">
          {upload.file_name} <span className="fp-muted fp-small">{facts.filter(Boolean).join(' · ')}</span>
        </span>
      }
      extra={
        <Button type="text" onClick={onBack}>
          {t('imports.otherFile')}
        </Button>
      }
    >
      <div className="fp-stack" aria-busy={reread.isPending}>
        <Radio.Group
          aria-label={t('imports.kind')}
          value={options.kind}
          onChange={(e) => reread.mutate({ kind: e.target.value as ImportKind })}
          options={(['orders', 'persons'] as const).map((k) => ({ value: k, label: t(`imports.kindLong_${k}`) }))}
        />
        {reread.isError && <ProblemView error={reread.error} />}
        <div>
          <h2 className="fp-h3">{t('imports.columnsTitle')}</h2>
          <p className="fp-muted">{t('imports.columnsText')}</p>
          <PreviewTable upload={upload} kind={options.kind} mapping={mapping} traits={traits.data?.items ?? []} onMean={means} />
        </div>
        {ambiguous.length > 0 && (
          <Alert
            type="warning"
            showIcon
            title={t('imports.ambiguousTitle')}
            description={
              <Space orientation="vertical">
                {t('imports.ambiguousText')}
                <Radio.Group onChange={(e) => settleLayout(e.target.value as string)}>
                  {ambiguous.map((layout) => (
                    <Radio key={layout} value={layout}>
                      {t(`imports.${dateOrder(layout) ?? 'asLayout'}`)} <code className="fp-small">{layout}</code>
                    </Radio>
                  ))}
                </Radio.Group>
              </Space>
            }
          />
        )}
        <div className="fp-options">
          <label>
            {t('imports.timeZone')}
            <ZoneSelect value={options.timeZone} onChange={(timeZone) => set({ timeZone })} />
            <span className="fp-muted fp-small">{t('imports.timeZoneHelp')}</span>
          </label>
          {orders && (
            <>
              <label>
                {t('imports.currency')}
                <CurrencySelect value={options.currency} onChange={(currency) => set({ currency })} />
              </label>
              <label>
                {t('imports.refundPrefix')}
                <Input value={options.refundPrefix} maxLength={16} onChange={(e) => set({ refundPrefix: e.target.value })} />
                <span className="fp-muted fp-small">{t('imports.refundPrefixHelp')}</span>
              </label>
              <label>
                {t('imports.source')}
                <Input value={options.source} maxLength={64} placeholder="import" onChange={(e) => set({ source: e.target.value })} />
                <span className="fp-muted fp-small">{t('imports.sourceHelp')}</span>
              </label>
            </>
          )}
          <label>
            {t('imports.timeLayout')}
            <Input value={options.timeLayout} maxLength={100} placeholder={t('imports.timeLayoutAuto')} onChange={(e) => settleLayout(e.target.value)} />
            <span className="fp-muted fp-small">{t('imports.timeLayoutHelp')}</span>
          </label>
          {upload.format !== 'xlsx' && (
            <label>
              {t('imports.encoding')}
              <Select
                value={options.encoding}
                loading={reread.isPending}
                onChange={(encoding: string) => reread.mutate({ encoding: encoding as Encoding })}
                options={encodings.map((e) => ({ value: e as string, label: e.toUpperCase() }))}
              />
              <span className="fp-muted fp-small">{t('imports.encodingHelp')}</span>
            </label>
          )}
          {may('acquisition.read') && (
            <label>
              {t('imports.channel')}
              <ChannelSelect value={options.channel} onChange={(channel) => set({ channel })} label={t('imports.channel')} placeholder={t('imports.noChannel')} />
              <span className="fp-muted fp-small">{t('imports.channelHelp')}</span>
            </label>
          )}
          {orders && presets.length > 0 && (
            <label>
              {t('imports.preset')}
              <Select
                allowClear
                placeholder={t('common.none')}
                value={options.preset || undefined}
                onChange={(name?: string) => {
                  const preset = presets.find((p) => p.name === name);
                  if (preset) applyPreset(preset);
                  else set({ preset: '' });
                }}
                options={presets.map((p) => ({ value: p.name, label: p.title }))}
              />
              <span className="fp-muted fp-small">{t('imports.presetHelp')}</span>
            </label>
          )}
        </div>
        {orders && (
          <Checkbox checked={options.negativeRefunds} onChange={(e) => set({ negativeRefunds: e.target.checked })}>
            {t('imports.negativeRefunds')}
          </Checkbox>
        )}
        {orders && <CurrencyNotice currency={options.currency} />}
        {lacks.length > 0 && (
          <Alert type="warning" showIcon title={t('imports.missing.title')} description={lacks.map((x) => t(`imports.missing.${x}`)).join(' ')} />
        )}
        {start.isError && <ProblemView error={start.error} />}
        <div>
          <Button type="primary" disabled={lacks.length > 0 || reread.isPending} loading={start.isPending} onClick={() => start.mutate()}>
            {t('imports.start')}
          </Button>{' '}
          <span className="fp-muted fp-small">{t('imports.twice')}</span>
        </div>
      </div>
    </Card>
  );
}
