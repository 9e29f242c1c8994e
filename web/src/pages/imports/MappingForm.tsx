import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button, Card, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { imports } from '../../api/endpoints';
import type { ImportKind, Mapping, Upload } from '../../api/types';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { assign, fieldOf, fieldsOf, missing, sanitize, startRequest, type ImportOptions } from '../../lib/importMapping';
import { CurrencySelect, ZoneSelect } from '../../ui/selects';
import { ProblemView } from '../../ui/ProblemView';

const encodings = ['utf-8', 'gb18030', 'latin-1'];

/** Says what each column means, right above what is in it, and starts the import. */
export function MappingForm({ upload, onBack }: { upload: Upload; onBack: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { org } = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const guessed = upload.guess?.kind === 'persons' ? 'persons' : 'orders';
  const [mapping, setMapping] = useState<Mapping>(() => sanitize(guessed, upload.guess?.mapping, upload.columns));
  const [options, setOptions] = useState<ImportOptions>({
    kind: guessed,
    preset: upload.guess?.preset ?? '',
    timeLayout: upload.guess?.time_layout ?? '',
    timeZone: org.time_zone,
    currency: org.currency,
    refundPrefix: '',
    encoding: upload.encoding,
  });
  const set = (change: Partial<ImportOptions>) => setOptions((o) => ({ ...o, ...change }));
  const start = useMutation({
    mutationFn: () => imports.start(startRequest(upload.upload_id, mapping, options)),
    onSuccess: async (created) => {
      await queryClient.invalidateQueries({ queryKey: ['imports'] });
      await navigate({ to: '/imports/$importId', params: { importId: created.id } });
    },
  });
  const lacks = missing(options.kind, mapping);
  const fieldName = (field: string) => t(`imports.field.${field}`);
  const knownEncodings = encodings.includes(upload.encoding.toLowerCase()) ? encodings : [upload.encoding, ...encodings];

  return (
    <Card
      title={
        <span className="fp-break">
          {upload.file_name}{' '}
          <span className="fp-muted fp-small">
            {[f.bytes(upload.bytes), upload.format?.toUpperCase(), upload.encoding?.toUpperCase()].filter(Boolean).join(' · ')}
          </span>
        </span>
      }
      extra={
        <Button type="text" onClick={onBack}>
          {t('imports.otherFile')}
        </Button>
      }
    >
      <div className="fp-stack">
        <Radio.Group
          aria-label={t('imports.kind')}
          value={options.kind}
          onChange={(e) => {
            const kind = e.target.value as ImportKind;
            set({ kind });
            setMapping((m) => sanitize(kind, { ...upload.guess?.mapping, ...m }, upload.columns));
          }}
          options={(['orders', 'persons'] as const).map((k) => ({ value: k, label: t(`imports.kindLong_${k}`) }))}
        />
        <div>
          <h3 className="fp-h3">{t('imports.columnsTitle')}</h3>
          <p className="fp-muted">{t('imports.columnsText')}</p>
          <div className="fp-scroll fp-preview-wrap" tabIndex={0} role="region" aria-label={t('imports.preview')}>
            <table className="fp-preview">
              <thead>
                <tr>
                  {upload.columns.map((c) => (
                    <th key={c} scope="col" className={fieldOf(mapping, c) ? 'used' : ''}>
                      <div className="fp-break">{c}</div>
                      <Select
                        size="small"
                        allowClear
                        aria-label={t('imports.means', { column: c })}
                        data-column={c}
                        placeholder={t('imports.ignored')}
                        value={fieldOf(mapping, c)}
                        onChange={(field?: string) => setMapping((m) => assign(m, c, field))}
                        options={fieldsOf[options.kind].map((x) => ({ value: x, label: fieldName(x) }))}
                        popupMatchSelectWidth={220}
                        style={{ width: '100%', minWidth: 120 }}
                      />
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {upload.preview.slice(0, 8).map((row, i) => (
                  <tr key={i}>
                    {upload.columns.map((c, n) => (
                      <td key={c} className={fieldOf(mapping, c) ? 'used' : ''}>
                        {(row[n] ?? '').slice(0, 80)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
        <div className="fp-options">
          <label>
            {t('imports.timeZone')}
            <ZoneSelect value={options.timeZone} onChange={(timeZone) => set({ timeZone })} />
            <span className="fp-muted fp-small">{t('imports.timeZoneHelp')}</span>
          </label>
          {options.kind === 'orders' && (
            <>
              <label>
                {t('imports.currency')}
                <CurrencySelect value={options.currency} onChange={(currency) => set({ currency })} />
                {options.currency !== org.currency && <span className="fp-warn fp-small">{t('imports.currencyDiffers', { currency: org.currency })}</span>}
              </label>
              <label>
                {t('imports.refundPrefix')}
                <Input value={options.refundPrefix} maxLength={10} onChange={(e) => set({ refundPrefix: e.target.value })} />
                <span className="fp-muted fp-small">{t('imports.refundPrefixHelp')}</span>
              </label>
            </>
          )}
          <label>
            {t('imports.timeLayout')}
            <Input value={options.timeLayout} maxLength={60} placeholder={t('imports.timeLayoutAuto')} onChange={(e) => set({ timeLayout: e.target.value })} />
            <span className="fp-muted fp-small">{t('imports.timeLayoutHelp')}</span>
          </label>
          <label>
            {t('imports.encoding')}
            <Select value={options.encoding} onChange={(encoding: string) => set({ encoding })} options={knownEncodings.map((e) => ({ value: e, label: e.toUpperCase() }))} />
            <span className="fp-muted fp-small">{t('imports.encodingHelp')}</span>
          </label>
        </div>
        {lacks.length > 0 && (
          <Alert type="warning" showIcon title={t('imports.missing.title')} description={lacks.map((x) => t(`imports.missing.${x}`)).join(' ')} />
        )}
        {start.isError && <ProblemView error={start.error} />}
        <div>
          <Button type="primary" disabled={lacks.length > 0} loading={start.isPending} onClick={() => start.mutate()}>
            {t('imports.start')}
          </Button>{' '}
          <span className="fp-muted fp-small">{t('imports.twice')}</span>
        </div>
      </div>
    </Card>
  );
}
