import type { ColumnDef } from '@tanstack/react-table';
import { Button } from '@mantine/core';
import type { QualityBin, RatingQuality } from '../../api/ratings';
import { CalibrationPlot, intervalOf } from '../../charts/CalibrationPlot';
import { downloadRows } from '../../charts/model';
import { DataTable } from '../../parts/DataTable';
import { Panel, Skeleton } from '../../parts/Page';
import { count, share } from '../../state/numbers';
import { t } from '../../text/en';

const r = t.ratings;
const height = 340;

export function Calibration({ quality, table }: { quality: RatingQuality | undefined; table: boolean }) {
  const bins = quality?.bins;
  const none = bins !== undefined && bins.every((bin) => bin.matches === 0);
  return (
    <Panel title={r.calibration} hint={r.calibrationHow} flush={table} aside={bins && <Button variant="default" onClick={() => save(quality.queue, bins)}>{r.csv}</Button>}>
      {!bins ? <Skeleton height={height} />
        : none ? <div className="chart-empty" style={{ height }}>{r.noneForetold}</div>
          : table ? <Bins bins={bins} /> : <CalibrationPlot bins={bins} height={height} />}
    </Panel>
  );
}

function Bins({ bins }: { bins: QualityBin[] }) {
  const percent = (value: number | null) => (value === null ? t.common.none : share(value));
  const columns: ColumnDef<QualityBin>[] = [
    { header: r.bin, id: 'bin', enableSorting: false, cell: ({ row }) => <span className="num">{`${Math.round(row.original.from * 100)}–${Math.round(row.original.to * 100)}%`}</span> },
    { header: r.count, accessorKey: 'matches', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{count(row.original.matches)}</span> },
    { header: r.foretold, accessorKey: 'foretold', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{percent(row.original.foretold)}</span> },
    { header: r.happened, accessorKey: 'happened', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{percent(row.original.happened)}</span> },
    { header: r.interval, id: 'interval', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{row.original.matches === 0 ? t.common.none : intervalOf(row.original).map(share).join(' – ')}</span> },
  ];
  return <DataTable label={r.calibration} rows={bins} columns={columns} rowId={(row) => String(row.from)} empty={r.noneForetold} />;
}

function save(queue: string, bins: QualityBin[]): void {
  downloadRows(`calibration-${queue}.csv`, [['from', 'to', 'matches', 'foretold', 'happened'], ...bins.map((bin) => [bin.from, bin.to, bin.matches, bin.foretold, bin.happened])]);
}
