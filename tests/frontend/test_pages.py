def test_gallery(gallery_app):
    answer = gallery_app.test_client().get("/_ui")
    print(answer.get_data(as_text=True))
    assert answer.status_code == 200
