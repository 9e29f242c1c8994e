import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ImportKind, Mapping, Trait, Upload } from '../../api/types';
import { fieldOf, fieldsOf, repeated } from '../../lib/importMapping';

interface Props {
  upload: Upload;
  kind: ImportKind;
  mapping: Mapping;
  traits: Trait[];
  onMean: (column: string, field: string | undefined) => void;
}

/** The first rows of the file; above each column, what it means. */
export function PreviewTable({ upload, kind, mapping, traits, onMean }: Props) {
  const { t } = useTranslation();
  const twice = repeated(upload.columns);
  const options = [
    ...fieldsOf[kind].map((f) => ({
      value: f,
      label: kind === 'persons' && f === 'name' ? t('field.name') : t(`imports.field.${f}`),
    })),
    ...(kind === 'persons' ? traits.map((x) => ({ value: `trait:${x.key}`, label: t('imports.traitField', { name: x.label }) })) : []),
  ];
  return (
    <div className="fp-scroll fp-preview-wrap" tabIndex={0} role="region" aria-label={t('imports.preview')}>
      <table className="fp-preview">
        <thead>
          <tr>
            {upload.columns.map((c, n) => (
              <th key={n} scope="col" className={fieldOf(mapping, c) ? 'used' : ''}>
                <div className="fp-break">{c || t('imports.noName')}</div>
                <Select
                  size="small"
                  allowClear
                  disabled={c === '' || twice.includes(c)}
                  aria-label={t('imports.means', { column: c })}
                  placeholder={twice.includes(c) ? t('imports.twiceNamed') : t('imports.ignored')}
                  value={fieldOf(mapping, c)}
                  onChange={(field?: string) => onMean(c, field)}
                  options={options}
                  popupMatchSelectWidth={220}
                  style={{ width: '100%', minWidth: 96 }}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {upload.preview.slice(0, 8).map((row, i) => (
            <tr key={i}>
              {upload.columns.map((c, n) => (
                <td key={n} className={fieldOf(mapping, c) ? 'used' : ''}>
                  {(row?.[n] ?? '').slice(0, 80)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
