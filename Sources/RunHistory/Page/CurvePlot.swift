import DisplayText

/// A curve, such as a loss by epoch. The lines scale with the page, the words around them do not.
struct CurvePlot {
  let title: String
  let x: String
  let y: String
  let points: [Double]

  private static let (width, height) = (1000.0, 300.0)
  /// The most points of a curve; more cannot be distinguished on a page.
  private static let mostPoints = 1000

  private var shown: [(place: Int, value: Double)] {
    let step = max(1, points.count / Self.mostPoints)
    return points.indices.filter { $0 % step == 0 || $0 == points.count - 1 }
      .map { (place: $0, value: points[$0]) }.filter { $0.value.isFinite }
  }

  var markup: String {
    let shown = shown
    guard let least = shown.map(\.value).min(), let greatest = shown.map(\.value).max() else { return "" }
    // The scale begins at zero if that does not flatten the curve, and always for counts.
    let isCount = shown.allSatisfy { $0.value == $0.value.rounded() }
    let low = least >= 0 && (isCount || least < greatest / 2) ? 0 : least
    let span = greatest > low ? greatest - low : 1
    func place(_ point: (place: Int, value: Double)) -> String {
      let across = Double(point.place) / Double(max(points.count - 1, 1)) * Self.width
      return "\(decimals(across, 1)) \(decimals((1 - (point.value - low) / span) * Self.height, 1))"
    }
    let line = shown.enumerated().map { ($0 == 0 ? "M" : "L") + place($1) }.joined(separator: " ")
    let dots = shown.count <= 40 ? shown.map { "M\(place($0))h0" }.joined(separator: " ") : ""
    let told = "\(title): \(readable(points.first ?? .nan)) at first, \(readable(points.last ?? .nan)) at last"
    return """
      <figure class="plot"><figcaption>\(Markup.escaped(title)) <span>\(Markup.escaped(y))</span></figcaption>
      <div class="ends"><span>\(readable(greatest))</span><span>\(readable(low))</span></div>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" preserveAspectRatio="none" role="img" \
      aria-label="\(Markup.escaped(told))">
      <path class="grid" d="M0 0H1000M0 150H1000M0 300H1000"/><path class="line" d="\(line)"/>\
      <path class="dots" d="\(dots)"/></svg>
      <div class="across"><span>1</span><span>\(Markup.escaped(x))</span><span>\(points.count)</span></div></figure>

      """
  }
}
