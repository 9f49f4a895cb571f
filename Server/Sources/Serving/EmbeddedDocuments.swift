/// The web page, embedded in the program.
enum Page {
  static let html = PackageResources.page_html
}

/// The OpenAPI description of the server, embedded in the program.
enum OpenAPI {
  static let document = PackageResources.openapi_json
}
