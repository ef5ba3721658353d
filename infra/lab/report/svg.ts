import * as echarts from 'echarts';

/** Between the light and the dark page: readable on both. */
export const colours = { broken: '#d9534f', sound: '#2e9e6b', latency: '#4a7fd4', soft: '#8a919b' };

export interface Drawing {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** What the picture shows, for those who cannot see it. */
  readonly label: string;
}

/** @returns an SVG element, drawn without a browser */
export function renderSvg({ width, height, label }: Drawing, option: echarts.EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: 'transparent',
      textStyle: { color: colours.soft, fontFamily: 'system-ui, sans-serif' },
      ...option,
    });
    return chart.renderToSVGString().replace('<svg ', `<svg role="img" aria-label="${label}" `);
  } finally {
    chart.dispose();
  }
}
