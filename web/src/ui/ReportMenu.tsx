import { DownloadOutlined, PrinterOutlined } from '@ant-design/icons';
import { Button, Dropdown, Space, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ExportFormat } from '../api/http';
import { reports } from '../api/reports';
import { useMay } from '../app/me';

const formats: readonly ExportFormat[] = ['csv', 'xlsx'];

interface Props {
  /** The name of the page among the server's reports, as overview. */
  page: string;
  /** The query that the page itself asks by. */
  query?: Record<string, string | number | undefined>;
  /** Nothing is there yet that could be taken along. */
  disabled?: boolean;
}

/** What the page shows, to take along: as CSV, as XLSX, or on paper. Stands in the header of every measuring page. */
export function ReportMenu({ page, query, disabled }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const items = formats.map((format) => ({
    key: format,
    label: (
      <a href={reports.exportAddress(page, format, query)} download data-export={format}>
        {t(`customers.export_${format}`)}
      </a>
    ),
  }));
  return (
    <Space size={8} className="fp-no-print" data-report={page}>
      {may('insight.export') && (
        <Dropdown menu={{ items }} trigger={['click']} disabled={disabled}>
          <Button icon={<DownloadOutlined />}>{t('customers.export')}</Button>
        </Dropdown>
      )}
      <Tooltip title={t('report.printHelp')}>
        <Button icon={<PrinterOutlined />} disabled={disabled} data-print="" onClick={() => window.print()}>
          {t('report.print')}
        </Button>
      </Tooltip>
    </Space>
  );
}
