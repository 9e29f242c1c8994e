import { DownloadOutlined } from '@ant-design/icons';
import { Button, Checkbox, DatePicker, Form, Modal, Space } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { archive as api, type ArchiveFilter } from '../../api/care';

/** Archived messages as a table: of which days, and whether in full. */
export function ArchiveExport({ filter, of }: { filter: ArchiveFilter; of: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [days, setDays] = useState<[Dayjs | null, Dayjs | null] | null>(null);
  const [reveal, setReveal] = useState(false);
  const query = { ...filter, from: days?.[0]?.format('YYYY-MM-DD'), to: days?.[1]?.format('YYYY-MM-DD'), reveal };
  return (
    <>
      <Button icon={<DownloadOutlined />} onClick={() => setOpen(true)}>
        {t('customers.export')}
      </Button>
      <Modal open={open} title={t('care.archive.export')} onCancel={() => setOpen(false)} footer={null} width={440} destroyOnHidden>
        <p>{of}</p>
        <Form layout="vertical">
          <Form.Item label={t('care.days')} extra={t('care.archive.exportDays')}>
            <DatePicker.RangePicker value={days} allowEmpty={[true, true]} onChange={setDays} aria-label={t('care.days')} />
          </Form.Item>
          <Form.Item>
            <Checkbox checked={reveal} onChange={(e) => setReveal(e.target.checked)}>
              {t('care.archive.exportFull')}
            </Checkbox>
          </Form.Item>
        </Form>
        <p className="fp-muted fp-small">{t('care.archive.exportAudited')}</p>
        <Space>
          {(['csv', 'xlsx'] as const).map((format) => (
            <Button key={format} type={format === 'csv' ? 'primary' : 'default'} icon={<DownloadOutlined />} href={api.exportAddress(query, format)} download data-export={format}>
              {t(`customers.export_${format}`)}
            </Button>
          ))}
        </Space>
      </Modal>
    </>
  );
}
