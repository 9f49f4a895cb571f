/// What the server has of its own beside models, embedded in the program.
enum Page {
  static let html = PackageResources.page_html
}

/// The description of the API, for people and programs.
enum OpenAPI {
  static let document = PackageResources.openapi_json
}
