enum Page {
  static let html = "<!doctype html><title>Tandem</title>"
}
