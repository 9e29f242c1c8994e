import { DownloadOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ExportFormat } from '../api/http';

const formats: readonly ExportFormat[] = ['csv', 'xlsx'];

interface Props {
  address: (format: ExportFormat) => string;
  /** What is special about one format, or about all. */
  help?: string | Partial<Record<ExportFormat, string>>;
}

/** A table to download, in the format of one's choice. */
export function ExportMenu({ address, help }: Props) {
  const { t } = useTranslation();
  const items = formats.map((format) => ({
    key: format,
    label: (
      <a href={address(format)} download data-export={format} title={typeof help === 'string' ? help : help?.[format]}>
        {t(`customers.export_${format}`)}
      </a>
    ),
  }));
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button icon={<DownloadOutlined />}>{t('customers.export')}</Button>
    </Dropdown>
  );
}
