import Serving
import Testing

@Suite("The token") struct AccessTokenTests {
  @Test("is asked for by whatever case of the scheme") func scheme() {
    let access = AccessToken("secret")
    for right in ["Bearer secret", "bearer secret", "BEARER   secret"] { #expect(access.allows(right), "\(right)") }
    for wrong in ["", "secret", "Bearer", "Bearersecret", "Bearer secre", "Bearer secret ", "Basic secret", "ﬁearer x"]
    {
      #expect(!access.allows(wrong), "\(wrong)")
    }
    #expect(!access.allows(nil))
  }

  @Test("is another at once where it is replaced") func replaced() {
    let access = AccessToken(nil)
    #expect(access.allows(nil) && !access.isNeeded)
    access.replace(with: "new")
    #expect(!access.allows(nil) && access.allows("Bearer new") && access.isNeeded)
  }
}
