/// The style of a report: light or dark as the reader's system is, on paper and on a telephone too.
enum PageStyle {
  static let sheet = """
    :root { color-scheme: light dark; --page: #fff; --box: #f5f6f8; --ink: #1b1f24; --soft: #57606a; --rule: #d4d9e0;
      --main: #0b62c4; --good: #1a7f37; --bad: #c4232b; --busy: #9a6700; }
    @media (prefers-color-scheme: dark) { :root { --page: #14171c; --box: #1e232a; --ink: #e8ebef; --soft: #a3acb8;
      --rule: #3a424e; --main: #74b1ff; --good: #57c776; --bad: #ff7f78; --busy: #e0b04a; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 68rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0 .25rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--rule); padding-bottom: .25rem; }
    h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; } h4 { font-size: .9rem; margin: 1rem 0 .25rem; }
    p { margin: .5rem 0; } .soft { color: var(--soft); }
    code, .mono { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
    td code, .whole { white-space: nowrap; } td { min-width: 4.5rem; }
    .state { font-weight: 600; } .made, .kept, .finished { --state: var(--good); }
    .failed, .died, .stopped { --state: var(--bad); } .running { --state: var(--busy); }
    .state.made, .state.kept, .state.finished, .state.failed, .state.died, .state.stopped, .state.running {
      color: var(--state); }
    .verdict { background: var(--box); border-left: 4px solid var(--main); padding: .5rem .75rem; margin: 1rem 0; }
    .error { background: var(--box); border-left: 4px solid var(--bad); padding: .5rem .75rem; margin: 1rem 0;
      overflow-wrap: anywhere; }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; }
    th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
    th { color: var(--soft); font-weight: 600; white-space: nowrap; }
    td { font-variant-numeric: tabular-nums; } .number { text-align: right; }
    .time { display: inline-block; height: .6em; background: var(--main); border-radius: 2px; margin-right: .4rem; }
    dl { margin: .5rem 0; font-size: .875rem; } dl div { display: grid; grid-template-columns: minmax(8rem, 16rem) 1fr;
      gap: .75rem; padding: .15rem 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
    ul { margin: .25rem 0; padding-left: 1.25rem; font-size: .875rem; }
    details { border: 1px solid var(--rule); border-radius: 6px; padding: .5rem .75rem; margin: .75rem 0; }
    summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
    summary span { color: var(--soft); font-weight: 400; }
    .intervals { font-size: .875rem; margin: .25rem 0 1rem; } .row { display: grid;
      grid-template-columns: minmax(6rem, 13rem) 1fr 9.5rem; gap: .75rem; align-items: center; padding: .15rem 0; }
    .row > span { overflow-wrap: anywhere; } .row.main > span:first-child { font-weight: 600; }
    .value { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
    .track { position: relative; height: 1rem; background: linear-gradient(var(--rule), var(--rule)) center / 100% 1px
      no-repeat; } .track i { position: absolute; top: .375rem; height: .25rem; background: var(--soft); opacity: .6;
      border-radius: 2px; } .track b { position: absolute; top: .2rem; width: .6rem; height: .6rem; margin-left: -.3rem;
      border-radius: 50%; background: var(--soft); } .main .track b { background: var(--main); }
    .main .track i { background: var(--main); } .track b.other, .main .track b.other { background: var(--page);
      border: 2px solid var(--soft); }
    .plot { margin: 1rem 0; display: grid; grid-template-columns: auto 1fr; gap: .5rem; font-size: .8rem;
      max-width: 46rem; } .plot figcaption { grid-column: 1 / -1; font-weight: 600; font-size: .9rem; }
    .plot figcaption span, .ends, .across { color: var(--soft); font-weight: 400; } .ends { display: flex;
      flex-direction: column; justify-content: space-between; text-align: right; font-variant-numeric: tabular-nums; }
    .plot svg { width: 100%; height: 11rem; overflow: visible; display: block; } .across { grid-column: 2; display: flex;
      justify-content: space-between; } .plot path { fill: none; vector-effect: non-scaling-stroke; }
    .grid { stroke: var(--rule); } .line { stroke: var(--main); stroke-width: 2; } .dots { stroke: var(--main);
      stroke-width: 6; stroke-linecap: round; }
    .graph { display: block; margin: 0 auto; } .graph path { fill: none; stroke: var(--soft); stroke-width: 1.5; }
    .graph rect { fill: var(--box); stroke: var(--rule); stroke-width: 1.5; } .graph text { fill: var(--soft);
      font-size: 11.5px; } .graph .name { fill: var(--ink); font-size: 14px; font-weight: 600; }
    .graph .made rect, .graph .kept rect, .graph .failed rect, .graph .died rect, .graph .running rect { stroke: var(--state);
      stroke-width: 2.5; } .graph .source rect { stroke-dasharray: 4 3; }
    @media (max-width: 40rem) { .wide, .wide tbody, .wide tr { display: block; } .wide thead, .wide td:empty { display: none; }
      .wide td { display: inline-block; min-width: 0; padding: 0 1rem 0 0; border: 0; text-align: left; }
      .wide td.whole { white-space: normal; }
      .wide tr { padding: .35rem 0; border-bottom: 1px solid var(--rule); } .wide td:first-child { font-weight: 600; }
      .wide td[data-label]::before { content: attr(data-label) " "; color: var(--soft); } .row { grid-template-columns: 1fr auto; gap: 0 .75rem; } .track { grid-column: 1 / -1; grid-row: 2; }
      dl div { grid-template-columns: 1fr; gap: 0; padding: .3rem 0; } body { font-size: 15px; } }
    """
}
